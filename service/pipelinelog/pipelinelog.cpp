#include "service/pipelinelog/pipelinelog.hpp"

#include "service/domain/filename.hpp"
#include "service/pipelinelog/line.hpp"

#include <filesystem>

namespace lm::pipelinelog {

PipelineLog::PipelineLog(std::string dir, std::size_t maxQueued, std::size_t maxBytes, Clock clock)
    : dir_(std::move(dir)), clock_(std::move(clock)), writer_("pipeline-log", maxQueued, maxBytes) {}

PipelineLog::~PipelineLog() {
    writer_.patience = patience;
}

void PipelineLog::add(const pipeline::TrackInfo& track, std::size_t weight, LineWriter::Line line) {
    const std::string name = domain::pathComponent(track.request.meetingOrRoom()) + ".log";
    writer_.add(std::filesystem::path(dir_) / name, weight, std::move(line));
}

void PipelineLog::trackStarted(const pipeline::TrackInfo& track) {
    add(track, pipeline::weightOf(track), [track, now = clock_()] { return startedLine(track, now); });
}

void PipelineLog::trackEvent(const pipeline::TrackInfo& track, const pipeline::Event& event) {
    if (hasLine(event))
        add(track, pipeline::weightOf(track) + pipeline::weightOf(event),
            [track, event = pipeline::withoutReceipt(event), now = clock_()] { return eventLine(track, event, now); });
}

void PipelineLog::trackEnded(const pipeline::TrackInfo& track, const pipeline::Outcome& outcome) {
    add(track, pipeline::weightOf(track) + outcome.message.size(),
        [track, outcome, now = clock_()] { return endedLine(track, outcome, now); });
}

void PipelineLog::associated(const pipeline::TrackInfo& track) {
    pipeline::TrackInfo before = track;
    before.request.meetingId.clear();
    for (const pipeline::TrackInfo& where : {before, track})
        add(where, pipeline::weightOf(track),
            [track, now = clock_()] { return associatedLine(track, now); });
}

bool PipelineLog::flush(std::chrono::milliseconds deadline) {
    return writer_.flush(deadline);
}

std::size_t PipelineLog::queued() const {
    return writer_.queued();
}

std::uint64_t PipelineLog::lost() const {
    return writer_.lost();
}

} // namespace lm::pipelinelog
