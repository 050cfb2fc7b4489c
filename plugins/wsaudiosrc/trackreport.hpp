#pragma once

#include "plugins/common/ingest/mediasession.hpp"
#include "plugins/wsaudiosrc/formatwatch.hpp"
#include "plugins/wsaudiosrc/punctuality.hpp"

#include <gst/gst.h>

#include <cmath>
#include <limits>

namespace lm::wsaudiosrc {

/// What has come through so far; read by the `stats` property. Times in nanoseconds, the rest frames unless
/// named otherwise.
struct PushStats {
    std::uint64_t samples = 0; // pushed, with filled
    std::uint64_t buffers = 0;
    std::uint64_t gaps = 0;
    std::uint64_t gapTime = 0;
    std::uint64_t filled = 0;       // of the gaps, silence put in
    std::uint64_t unfilledTime = 0; // of the gaps, skipped
    std::uint64_t stalls = 0;
    std::uint64_t stallTime = 0;
    std::uint64_t mutes = 0;
    std::uint64_t mutedSamples = 0;   // positions between muted and unmuted
    std::uint64_t droppedSamples = 0; // came while muted and were not pushed
    std::uint64_t badTexts = 0;
    std::uint64_t ignoredTexts = 0; // too long, or too many at once
    std::uint64_t refusedBytes = 0; // arrived after downstream refused further data
    double byteRate = 0;            // a second, by the clock
    double rateRatio = 0;           // of what the format says
    double driftPpm = std::numeric_limits<double>::quiet_NaN();
    std::int64_t utc = 0; // of the first frame
    AudioFormat format;
    ingest::SessionStats session;
};

/// The fields of the `stats` property.
GstStructure* makeStats(const PushStats& stats);

/// The element messages of the source; names and fields are those of names.hpp.
GstStructure* gapMessage(std::uint64_t sample, std::uint64_t duration, std::uint64_t filled,
                         std::uint64_t unfilled);
GstStructure* stallMessage(std::uint64_t sample, const Stall& stall, std::int64_t utc, std::int64_t missing);
/// What was declared, what comes and what to do, for people.
std::string reasonOf(const FormatAlarm& alarm);
GstStructure* formatAlarmMessage(const FormatAlarm& alarm, const std::string& reason, bool corrected,
                                 std::uint64_t sample);
GstStructure* closedMessage(const ingest::CloseInfo& info, const PushStats& stats,
                            std::chrono::nanoseconds worstLateness);

} // namespace lm::wsaudiosrc
