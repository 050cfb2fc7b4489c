#pragma once

#include "service/pipeline/observer.hpp"
#include "service/pipelinelog/linewriter.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

namespace lm::pipelinelog {

/// Writes `<dir>/<meeting or room>.log`, JSON Lines, on a thread of its own: a slow disk delays the log,
/// never a track. Lines beyond the queue's bounds in
/// number and bytes (of what is queued; as much again is being written), or that cannot be written, are
/// counted and reported once per run.
class PipelineLog : public pipeline::TrackObserver {
public:
    using Clock = std::function<domain::UtcTime()>;

    explicit PipelineLog(std::string dir, std::size_t maxQueued = 1 << 14, std::size_t maxBytes = 16 << 20,
                         Clock clock = std::chrono::system_clock::now);
    /// Writes what is queued, waiting at most `patience`.
    ~PipelineLog() override;
    PipelineLog(const PipelineLog&) = delete;
    PipelineLog& operator=(const PipelineLog&) = delete;

    void trackStarted(const pipeline::TrackInfo& track) override;
    void trackEvent(const pipeline::TrackInfo& track, const pipeline::Event& event) override;
    void trackEnded(const pipeline::TrackInfo& track, const pipeline::Outcome& outcome) override;

    /// The meeting of a track, `track.request.meetingId`, became known after its socket: one line in the log of
    /// its room, where its other lines stay, and one in that of the meeting.
    void associated(const pipeline::TrackInfo& track);

    /// True once everything given so far is written or counted as lost; false at the deadline.
    bool flush(std::chrono::milliseconds deadline);
    /// Lines that wait to be written.
    std::size_t queued() const;
    /// Lines lost so far.
    std::uint64_t lost() const;

    std::chrono::milliseconds patience{3000};

private:
    void add(const pipeline::TrackInfo& track, std::size_t weight, LineWriter::Line line);
    const std::string dir_;
    const Clock clock_;
    LineWriter writer_;
};

} // namespace lm::pipelinelog
