#pragma once

#include "service/pipeline/observer.hpp"
#include "service/pipeline/readings.hpp"

#include <optional>
#include <set>

namespace lm::trackstate {

/// What became of a track's blocks. Every block that was cut ends as `delivered`, `spooled`, `failed`,
/// `dropped` or `skipped`; a spooled one later perhaps as one of the two behind it. `retried` counts
/// attempts.
struct BlockCounts {
    std::uint64_t cut = 0;
    std::uint64_t delivered = 0;
    std::uint64_t retried = 0;
    std::uint64_t spooled = 0;
    std::uint64_t deliveredFromSpool = 0; // of those that were spooled
    std::uint64_t deadLettered = 0;       // likewise
    std::uint64_t failed = 0;
    std::uint64_t dropped = 0;
    std::uint64_t skipped = 0; // silence, not sent on purpose
};

/// Level of the last block, dBFS; -infinity is digital silence.
struct Level {
    double peak = 0;
    double rms = 0;
};

/// How the track sounds, by all its blocks so far.
struct Sound {
    std::uint64_t samples = 0;    // of all channels
    std::uint64_t silent = 0;     // of them, in blocks of digital silence
    std::uint64_t clipped = 0;    // of them, at full scale
    double sum = 0;               // of the others, over full scale
    std::set<std::string> alarms; // what is wrong now

    double share(std::uint64_t part) const {
        return samples == 0 ? 0 : static_cast<double>(part) / static_cast<double>(samples);
    }
    double offset() const { return samples == silent ? 0 : sum / static_cast<double>(samples - silent); }
};

enum class Phase { Starting, Waiting, Receiving, Ending, Ended };
/// `starting`, `waiting` (for the first audio), `receiving`, `ending` (no more audio, blocks are delivered),
/// `ended`.
const char* phaseName(Phase phase);

/// One track as it stands: who it is, what came, what became of it.
struct Record {
    pipeline::TrackInfo info;
    Phase phase = Phase::Starting;
    std::uint32_t rate = 0; // Hz, of the audio
    std::uint32_t channels = 0;
    std::optional<std::string> formatAlarm; // why what arrives is not what was declared
    std::optional<domain::UtcTime> firstSampleAt;
    std::optional<domain::UtcTime> endedAt;
    bool muted = false;
    bool recordingPaused = false; // nothing can be written just now
    std::optional<Level> level;   // none before the first block
    Sound sound;
    pipeline::Readings readings;
    BlockCounts blocks;
    std::uint64_t gaps = 0;
    std::uint64_t gapNs = 0;
    std::uint64_t filled = 0; // frames of silence put in their place
    std::uint64_t stalls = 0;
    std::uint64_t stallNs = 0;
    std::uint64_t latenessNs = 0; // worst of the ingest threads when the socket closed
    std::uint64_t errors = 0;     // error messages of elements
    std::optional<pipeline::Outcome> outcome;
};

} // namespace lm::trackstate
