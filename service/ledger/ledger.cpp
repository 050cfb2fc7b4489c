#include "service/ledger/ledger.hpp"

#include "service/domain/filename.hpp"

#include <filesystem>
#include <utility>

namespace lm::ledger {

using namespace lm::pipeline;

std::filesystem::path pathOf(const std::string& dir, const TrackInfo& track) {
    return std::filesystem::path(dir) / domain::pathComponent(track.request.meetingOrRoom()) /
           std::filesystem::path(track.recording).stem().concat(".jsonl");
}

Ledger::Ledger(std::string dir, Delivery delivery, std::size_t maxQueued, std::size_t maxBytes, Clock clock)
    : dir_(std::move(dir)), delivery_(delivery), clock_(std::move(clock)),
      // A file per track: kept open they would be descriptors that the tracks need.
      writer_("ledger", maxQueued, maxBytes, 1) {}

void Ledger::trackStarted(const TrackInfo& track) {
    const auto path = pathOf(dir_, track);
    Track& added = tracks_[track.id];
    added.path = path;
    writer_.add(path, weightOf(track),
                [track, delivery = delivery_, at = stamp(added)] { return trackLine(track, delivery, at); });
}

void Ledger::trackEvent(const TrackInfo& info, const Event& event) {
    if (!concernsTrack(event)) return spoolEvent(event);
    const auto found = tracks_.find(info.id);
    if (found == tracks_.end()) return;
    Track& track = found->second;
    if (const auto* paused = std::get_if<RecordingPausedEvent>(&event)) track.paused = *paused;
    // Lines behind that of a correction count in the new frames.
    if (const auto* alarm = std::get_if<FormatAlarmEvent>(&event);
        alarm && alarm->corrected && track.paused && alarm->channels > 0 && alarm->measuredChannels > 0)
        track.paused->sample = track.paused->sample * static_cast<std::uint64_t>(alarm->channels) /
                               static_cast<std::uint64_t>(alarm->measuredChannels);
    if (const auto* resumed = std::get_if<RecordingResumedEvent>(&event)) endPause(track, resumed->sample);
    if (const auto* all = std::get_if<RecordedEvent>(&event)) endPause(track, all->samples + all->skipped);
    if (!hasLine(event)) return;
    Event kept = event;
    if (auto* delivered = std::get_if<DeliveredEvent>(&kept))
        delivered->response.reset(); // has no place here
    if (auto* delivered = std::get_if<DeliveredFromSpoolEvent>(&kept)) delivered->response.reset();
    writer_.add(track.path, weightOf(kept), [kept, at = stamp(track)] { return eventLine(kept, at); });
}

void Ledger::spoolEvent(const Event& event) {
    const auto late = [this](const auto& e) {
        const auto path =
            std::filesystem::path(dir_) / domain::pathComponent(e.meeting) / "late" / "states.jsonl";
        Event kept = e;
        writer_.add(path, weightOf(kept), [kept, at = clock_()] { return lateLine(kept, at); });
    };
    if (const auto* dead = std::get_if<DeadLetterEvent>(&event)) late(*dead);
    const auto* delivered = std::get_if<DeliveredFromSpoolEvent>(&event);
    if (!delivered) return;
    DeliveredFromSpoolEvent kept = *delivered;
    kept.response.reset(); // has no place here
    late(kept);
}

void Ledger::endPause(Track& track, std::uint64_t sample) {
    const auto paused = std::exchange(track.paused, std::nullopt);
    if (!paused || sample <= paused->sample) return;
    writer_.add(track.path, sizeof(Skipped) + paused->reason.size(),
                [skipped = Skipped{paused->sample, sample - paused->sample, paused->reason},
                 at = stamp(track)] { return skippedLine(skipped, at); });
}

void Ledger::trackEnded(const TrackInfo& info, const Outcome& outcome) {
    auto node = tracks_.extract(info.id);
    if (node.empty()) return;
    Track& track = node.mapped();
    writer_.add(track.path, sizeof outcome + outcome.message.size(),
                [outcome, at = stamp(track)] { return endLine(outcome, at); });
}

} // namespace lm::ledger
