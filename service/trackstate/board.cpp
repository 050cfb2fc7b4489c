#include "service/trackstate/board.hpp"

#include <algorithm>
#include <cmath>

namespace lm::trackstate {
namespace {

using namespace lm::pipeline;

void advance(Record& record, Phase phase) {
    record.phase = std::max(record.phase, phase);
}

/// What an event changes in a record.
struct Change {
    Record& record;
    const TrackInfo& info;

    void operator()(const ConnectedEvent& e) const {
        if (e.rate > 0) record.rate = static_cast<std::uint32_t>(e.rate);
        if (e.channels > 0) record.channels = static_cast<std::uint32_t>(e.channels);
    }
    void operator()(const StartedEvent& e) const {
        if (e.utcNs > 0) record.firstSampleAt = domain::utcFromNs(e.utcNs);
        advance(record, Phase::Receiving);
    }
    void operator()(const FormatAlarmEvent& e) const {
        record.formatAlarm = e.reason;
        if (e.corrected && e.measuredChannels > 0)
            record.channels = static_cast<std::uint32_t>(e.measuredChannels);
    }
    void operator()(const MutedEvent& e) const { record.muted = e.muted; }
    void operator()(const GapEvent& e) const {
        ++record.gaps;
        record.gapNs += e.durationNs;
        record.filled += e.filled;
    }
    void operator()(const StallEvent& e) const {
        ++record.stalls;
        record.stallNs += e.durationNs;
    }
    void operator()(const PartOpenedEvent&) const { record.info = info; }
    void operator()(const RecordingPausedEvent&) const { record.recordingPaused = true; }
    void operator()(const RecordingResumedEvent& e) const {
        record.recordingPaused = false;
        record.info.skipped += e.skipped;
    }
    void operator()(const RecordedEvent& e) const {
        record.recordingPaused = false;
        record.info.skipped = e.skipped;
    }
    void operator()(const BlockEvent& e) const {
        ++record.blocks.cut;
        record.level = Level{e.peak, e.rms};
        const std::uint64_t samples = e.samples * static_cast<std::uint64_t>(std::max(e.channels, 0));
        record.sound.samples += samples;
        record.sound.clipped += e.clipped;
        if (std::isinf(e.peak)) record.sound.silent += samples;
        record.sound.sum += e.offset * static_cast<double>(samples);
    }
    void operator()(const SoundEvent& e) const {
        if (e.active)
            record.sound.alarms.insert(e.kind);
        else
            record.sound.alarms.erase(e.kind);
    }
    void operator()(const DeliveredEvent&) const { ++record.blocks.delivered; }
    void operator()(const SpooledEvent&) const { ++record.blocks.spooled; }
    void operator()(const DeliveredFromSpoolEvent& e) const {
        if (e.own) ++record.blocks.deliveredFromSpool;
    }
    void operator()(const DeadLetterEvent& e) const {
        if (e.own) ++record.blocks.deadLettered;
    }
    void operator()(const RetryingEvent&) const { ++record.blocks.retried; }
    void operator()(const FailedEvent&) const { ++record.blocks.failed; }
    void operator()(const DroppedEvent&) const { ++record.blocks.dropped; }
    void operator()(const SkippedEvent&) const { ++record.blocks.skipped; }
    void operator()(const ErrorEvent&) const { ++record.errors; }
    void operator()(const ClosedEvent& e) const {
        record.readings.bytes = std::max(record.readings.bytes, e.bytes);
        record.readings.samples = std::max(record.readings.samples, e.samples);
        record.readings.messages = std::max(record.readings.messages, e.messages);
        record.latenessNs = e.worstLatenessNs;
        record.readings.byteRate = e.figures.byteRate;
        record.readings.rateRatio = e.figures.rateRatio;
        record.readings.driftPpm = e.figures.driftPpm;
        advance(record, Phase::Ending);
    }
    template <typename Other> void operator()(const Other&) const {}
};

} // namespace

const char* phaseName(Phase phase) {
    static constexpr const char* names[] = {"starting", "waiting", "receiving", "ending", "ended"};
    return names[static_cast<std::size_t>(phase)];
}

void Board::trackStarted(const TrackInfo& track) {
    Record record;
    record.info = track;
    record.rate = track.request.sampleRate;
    record.channels = track.request.channels;
    order_[track.id] = next_;
    live_.emplace(next_++, std::move(record));
}

void Board::trackEvent(const TrackInfo& track, const Event& event) {
    if (Record* record = running(track.id)) std::visit(Change{*record, track}, event);
}

void Board::trackEnded(const TrackInfo& track, const Outcome& outcome) {
    const auto order = order_.find(track.id);
    if (order == order_.end()) return;
    Record record = std::move(live_.extract(order->second).mapped());
    order_.erase(order);
    record.info = track;
    record.phase = Phase::Ended;
    record.endedAt = clock_();
    record.outcome = outcome;
    record.readings.queuedBlocks = record.readings.queuedBytes = record.readings.inFlight = 0;
    before_.bytes += record.readings.bytes;
    before_.samples += record.readings.samples;
    ended_.push_front(std::move(record));
    if (ended_.size() > maxEnded_) ended_.pop_back();
}

void Board::update(const std::string& id, State state, const Readings& readings) {
    Record* record = running(id);
    if (!record) return;
    if (state == State::Running) advance(*record, Phase::Waiting);
    if (state == State::Ending) advance(*record, Phase::Ending);
    const Readings before = std::exchange(record->readings, readings);
    // An element that has stopped counts from zero again.
    record->readings.bytes = std::max(before.bytes, readings.bytes);
    record->readings.samples = std::max(before.samples, readings.samples);
    record->readings.messages = std::max(before.messages, readings.messages);
    if (readings.byteRate == 0) {
        record->readings.byteRate = before.byteRate;
        record->readings.rateRatio = before.rateRatio;
        record->readings.driftPpm = before.driftPpm;
    }
}

const Record* Board::find(const std::string& id) const {
    if (const auto order = order_.find(id); order != order_.end()) return &live_.at(order->second);
    const auto found =
        std::find_if(ended_.begin(), ended_.end(), [&](const Record& r) { return r.info.id == id; });
    return found == ended_.end() ? nullptr : &*found;
}

Record* Board::running(const std::string& id) {
    const auto order = order_.find(id);
    return order == order_.end() ? nullptr : &live_.at(order->second);
}

Board::Received Board::received() const {
    Received all = before_;
    for (const auto& [order, record] : live_) {
        all.bytes += record.readings.bytes;
        all.samples += record.readings.samples;
    }
    return all;
}

} // namespace lm::trackstate
