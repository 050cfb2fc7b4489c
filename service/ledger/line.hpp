#pragma once

#include "service/pipeline/observer.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace lm::ledger {

/// How the tracks of this process are delivered.
struct Delivery {
    bool sends = false;      // an analysis service is configured
    bool normalizes = false; // what is sent is the recorded block times its gain
};

/// Received frames that are in no file of the recording.
struct Skipped {
    std::uint64_t sample = 0;
    std::uint64_t samples = 0;
    std::string reason;
};

/// Place and time of a line.
struct Stamp {
    std::uint64_t number = 0; // in its file, from 0: a missing line leaves a hole
    domain::UtcTime time;     // when the event was seen
};

/// The lines of `schemas/ledger-line.schema.json`, without line end.
std::string trackLine(const pipeline::TrackInfo& track, Delivery delivery, Stamp stamp);
std::string skippedLine(const Skipped& skipped, Stamp stamp);
std::string endLine(const pipeline::Outcome& outcome, Stamp stamp);
/// The track belongs to a meeting that was not known when it started.
std::string meetingLine(const std::string& meetingId, Stamp stamp);
/// nullopt for an event that has no line.
std::optional<std::string> eventLine(const pipeline::Event& event, Stamp stamp);
/// A block whose track has ended, in this process or an earlier one, left the spool: a line of
/// `late/states.jsonl`, which numbers nothing. nullopt for any other event.
std::optional<std::string> lateLine(const pipeline::Event& event, domain::UtcTime time);
/// Whether eventLine would make one.
bool hasLine(const pipeline::Event& event);

} // namespace lm::ledger
