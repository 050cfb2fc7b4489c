#include "service/records/records.hpp"

#include <filesystem>
#include <utility>
#include <variant>

namespace lm::records {
namespace {

using namespace lm::pipeline;
using store::BlockState;

std::int64_t whole(std::uint64_t number) {
    return static_cast<std::int64_t>(number);
}

std::optional<std::string> unlessEmpty(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

/// Elements say 0 for a time that is not known.
std::optional<domain::UtcTime> timeOf(std::int64_t utcNs) {
    if (utcNs == 0) return std::nullopt;
    return domain::UtcTime(
        std::chrono::duration_cast<domain::UtcTime::duration>(std::chrono::nanoseconds(utcNs)));
}

std::size_t weightOf(const std::string& text) {
    return text.size();
}
std::size_t weightOf(const std::optional<std::string>& text) {
    return text ? text->size() : 0;
}
std::size_t weightOf(const store::Track& t) {
    return sizeof t + weightOf(t.id) + weightOf(t.meetingId) + weightOf(t.roomName) +
           weightOf(t.participant) + weightOf(t.trackId) + weightOf(t.outcome) + weightOf(t.message);
}
std::size_t weightOf(const store::Recording& r) {
    return sizeof r + weightOf(r.track) + weightOf(r.path);
}
std::size_t weightOf(const store::Block& b) {
    return sizeof b + weightOf(b.track) + weightOf(b.reason) + weightOf(b.answer);
}

/// Without what is not known yet.
store::Track rowOf(const TrackInfo& track) {
    store::Track row;
    row.id = track.id;
    row.meetingId = unlessEmpty(track.request.meetingId);
    row.roomName = track.request.room;
    row.participant = track.request.participant;
    row.trackId = track.request.trackId;
    row.startedAt = track.startedAt;
    return row;
}

store::Recording rowOf(const std::string& track, const RecordingPart& part, std::string path) {
    store::Recording row;
    row.track = track;
    row.part = part.number;
    row.path = std::move(path);
    row.sampleRate = part.rate;
    row.channels = part.channels;
    row.firstSample = whole(part.sample);
    row.startedAt = timeOf(part.utcNs);
    return row;
}

store::Block rowOf(const BlockId& id, BlockState state) {
    store::Block row;
    row.sequence = whole(id.sequence);
    row.firstSample = whole(id.sample);
    row.samples = whole(id.samples);
    row.state = state;
    return row;
}

/// What became of a block as its row, without the track; nullopt for what says nothing about one.
struct BlockRow {
    domain::UtcTime now;
    using Row = std::optional<store::Block>;

    /// Of the events that count attempts.
    template <typename E> static store::Block attempted(const E& e, BlockState state) {
        store::Block row = rowOf(e.block, state);
        row.attempts = e.attempts;
        row.httpStatus = e.status;
        return row;
    }
    template <typename E> Row delivered(const E& e) const {
        store::Block row = attempted(e, BlockState::Delivered);
        row.deliveredAt = now;
        row.answer = e.response;
        return row;
    }
    template <typename E> static Row attemptedInVain(const E& e, BlockState state) {
        store::Block row = attempted(e, state);
        row.reason = e.reason;
        return row;
    }
    template <typename E> static Row notSent(const E& e, BlockState state) {
        store::Block row = rowOf(e.block, state);
        row.reason = e.reason;
        return row;
    }

    Row operator()(const BlockEvent& e) const {
        store::Block row = rowOf({e.sequence, e.sample, e.samples, {}}, BlockState::Cut);
        row.startedAt = timeOf(e.utcNs);
        return row;
    }
    Row operator()(const DeliveredEvent& e) const { return delivered(e); }
    Row operator()(const DeliveredFromSpoolEvent& e) const { return delivered(e); }
    Row operator()(const SpooledEvent& e) const { return attemptedInVain(e, BlockState::Spooled); }
    Row operator()(const FailedEvent& e) const { return attemptedInVain(e, BlockState::Failed); }
    Row operator()(const DeadLetterEvent& e) const { return attemptedInVain(e, BlockState::Failed); }
    Row operator()(const DroppedEvent& e) const { return notSent(e, BlockState::Dropped); }
    Row operator()(const SkippedEvent& e) const { return notSent(e, BlockState::Skipped); }
    template <typename Other> Row operator()(const Other&) const { return std::nullopt; }
};

/// The track in an Idempotency-Key, `<track>-<sequence>`; empty when it is no such key.
std::string trackIn(const std::string& key) {
    const std::size_t end = key.rfind('-');
    return end == std::string::npos ? std::string() : key.substr(0, end);
}

/// Of an event about a spooled block.
std::string keyOf(const Event& event) {
    if (const auto* delivered = std::get_if<DeliveredFromSpoolEvent>(&event)) return delivered->block.key;
    if (const auto* dead = std::get_if<DeadLetterEvent>(&event)) return dead->block.key;
    return {};
}

} // namespace

void Records::trackStarted(const TrackInfo& track) {
    store::Track row = rowOf(track);
    row.sampleRate = track.request.sampleRate;
    row.channels = track.request.channels;
    save(std::move(row));
}

void Records::trackEvent(const TrackInfo& track, const Event& event) {
    if (!concernsTrack(event)) return spoolEvent(event);
    if (const auto* started = std::get_if<StartedEvent>(&event)) {
        store::Track row = rowOf(track);
        row.firstSampleAt = timeOf(started->utcNs);
        save(std::move(row));
    } else if (const auto* alarm = std::get_if<FormatAlarmEvent>(&event); alarm && alarm->corrected) {
        store::Track row = rowOf(track);
        row.sampleRate = alarm->measuredRate;
        row.channels = alarm->measuredChannels;
        save(std::move(row));
    } else if (const auto* opened = std::get_if<PartOpenedEvent>(&event)) {
        save(rowOf(track.id, opened->part, relative(opened->part.location)));
    } else if (const auto* closed = std::get_if<PartClosedEvent>(&event)) {
        store::Recording row = rowOf(track.id, closed->part, relative(closed->part.location));
        row.samples = whole(closed->samples);
        save(std::move(row));
    }
    if (!options_.delivers) return;
    if (auto row = std::visit(BlockRow{options_.clock()}, event)) {
        row->track = track.id;
        save(std::move(*row));
    }
}

void Records::trackEnded(const TrackInfo& track, const Outcome& outcome) {
    store::Track row = rowOf(track);
    const TrackFigures& figures = track.figures;
    if (figures.rate > 0) row.sampleRate = figures.rate;
    if (figures.channels > 0) row.channels = figures.channels;
    row.firstSampleAt = timeOf(figures.utcNs);
    row.endedAt = options_.clock();
    row.outcome = outcomeName(outcome.kind);
    row.message = unlessEmpty(outcome.message);
    save(std::move(row));
}

void Records::spoolEvent(const Event& event) {
    const std::string key = keyOf(event);
    if (key.empty()) return;
    if (auto row = std::visit(BlockRow{options_.clock()}, event)) saveLate(key, std::move(*row));
}

void Records::saveLate(const std::string& key, store::Block row) {
    row.track = trackIn(key);
    const std::size_t weight = weightOf(row);
    write_(weight, [row = std::move(row)](store::Connection& connection) -> store::Outcome<store::Done> {
        const auto known = store::hasTrack(connection, row.track);
        if (!known) return known.failure();
        return *known ? store::saveBlock(connection, row) : store::Done{};
    });
}

void Records::save(store::Track row) {
    const std::size_t weight = weightOf(row);
    write_(weight,
           [row = std::move(row)](store::Connection& connection) { return saveTrack(connection, row); });
}

void Records::save(store::Recording row) {
    const std::size_t weight = weightOf(row);
    write_(weight,
           [row = std::move(row)](store::Connection& connection) { return saveRecording(connection, row); });
}

void Records::save(store::Block row) {
    const std::size_t weight = weightOf(row);
    write_(weight,
           [row = std::move(row)](store::Connection& connection) { return saveBlock(connection, row); });
}

/// A file elsewhere, of a description that an operator wrote, keeps its path.
std::string Records::relative(const std::string& path) const {
    for (const std::string& directory : {options_.outputDirectory, options_.videoDirectory}) {
        if (directory.empty()) continue;
        const auto below = std::filesystem::path(path).lexically_relative(directory);
        if (!below.empty() && *below.begin() != "..") return below.string();
    }
    return path;
}

} // namespace lm::records
