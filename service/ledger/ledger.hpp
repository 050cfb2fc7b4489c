#pragma once

#include "service/ledger/line.hpp"
#include "service/pipelinelog/linewriter.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace lm::ledger {

/// Where the ledger of a track is: `<dir>/<meeting or room>/<stem of the recording>.jsonl`.
std::filesystem::path pathOf(const std::string& dir, const pipeline::TrackInfo& track);

/// Writes what became of every sample of a track, append-only, on a thread of its own. Lines that are lost
/// are counted and make the track unproven, never wrong: who reads the ledger sees a hole. Lives on the main
/// context.
class Ledger : public pipeline::TrackObserver {
public:
    using Clock = std::function<domain::UtcTime()>;

    Ledger(std::string dir, Delivery delivery, std::size_t maxQueued = 1 << 15,
           std::size_t maxBytes = 16 << 20, Clock clock = std::chrono::system_clock::now);

    void trackStarted(const pipeline::TrackInfo& track) override;
    void trackEvent(const pipeline::TrackInfo& track, const pipeline::Event& event) override;
    void trackEnded(const pipeline::TrackInfo& track, const pipeline::Outcome& outcome) override;

    /// A block whose track has ended, perhaps in an earlier run, left the spool:
    /// `<dir>/<meeting or room>/late/states.jsonl`. Other events are not the ledger's.
    void spoolEvent(const pipeline::Event& event);

    /// True once everything given so far is written or counted as lost; false at the deadline.
    bool flush(std::chrono::milliseconds deadline) { return writer_.flush(deadline); }
    std::size_t queued() const { return writer_.queued(); }
    /// Lines lost so far.
    std::uint64_t lost() const { return writer_.lost(); }

private:
    struct Track {
        std::string path;
        std::uint64_t lines = 0;
        std::optional<pipeline::RecordingPausedEvent> paused; // nothing is recorded since
    };
    Stamp stamp(Track& track) { return {track.lines++, clock_()}; }
    /// The end of a pause, if there is one: nothing was recorded before `sample`.
    void endPause(Track& track, std::uint64_t sample);

    const std::string dir_;
    const Delivery delivery_;
    const Clock clock_;
    std::map<std::string, Track> tracks_; // by the service's handle, those that run
    pipelinelog::LineWriter writer_;
};

} // namespace lm::ledger
