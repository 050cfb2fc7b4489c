#pragma once

#include "service/pipeline/description.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace lm::pipeline {

/// What the elements of a running track count themselves, between the messages they post.
struct Readings {
    std::uint64_t bytes = 0;   // received
    std::uint64_t samples = 0; // frames that came through
    std::uint64_t messages = 0;
    std::uint64_t queuedBlocks = 0; // waiting for delivery
    std::uint64_t queuedBytes = 0;
    std::uint64_t inFlight = 0; // blocks being sent
    double byteRate = 0;        // a second, by the clock; 0: not enough to tell
    double rateRatio = 0;       // over what the format says
    double driftPpm = std::numeric_limits<double>::quiet_NaN(); // not enough to tell
};

/// How late the ingest threads are: nanoseconds, of every round of the process.
struct IngestReadings {
    std::uint64_t recentNs = 0; // worst of the last seconds, a round that still runs included
    std::uint64_t worstNs = 0;
    std::uint64_t sumNs = 0;
    std::vector<std::uint64_t> boundsNs;
    std::vector<std::uint64_t> counts; // one more than bounds: those that were later
};

/// The spool and the circuit breaker, which all destinations of the process share.
struct SpoolReadings {
    std::uint64_t blocks = 0; // wait on disk
    std::uint64_t bytes = 0;
    std::uint64_t oldestNs = 0; // age of the oldest
    std::uint64_t deadBlocks = 0;
    std::uint64_t deadBytes = 0;
    std::uint64_t badFiles = 0;  // so far: not whole blocks
    std::uint64_t goneFiles = 0; // so far: taken away by somebody
    std::string circuit;         // closed, open, half-open; empty: there is none
};

/// Reads the `stats` of the pipeline's source and destinations. Any thread; waits for nothing but short locks
/// of the elements' own counters, none of which is held while data flows.
Readings read(GstElement* pipeline, const Description& description);
/// Of the process, read at any running source and destination.
IngestReadings readIngest(GstElement* pipeline);
SpoolReadings readSpool(GstElement* pipeline, const Description& description);
/// The same of one imentivsink.
SpoolReadings readSpool(GstElement* sink);

} // namespace lm::pipeline
