#include "service/ledger/line.hpp"

#include "service/json/object.hpp"

#include <algorithm>
#include <cmath>

namespace lm::ledger {
namespace {

using namespace lm::pipeline;

constexpr std::uint64_t version = 1;

class Line : public json::Members<Line> {
public:
    Line(const char* kind, Stamp stamp) {
        text("line", kind).count("n", stamp.number).text("time", domain::utcText(stamp.time));
    }

    /// Nothing for an unknown time.
    Line& utc(const char* name, std::int64_t ns) {
        return ns == 0 ? *this : text(name, domain::utcText(domain::utcFromNs(ns)));
    }
    Line& range(std::uint64_t sample, std::uint64_t samples) {
        return count("sample", sample).count("samples", samples);
    }
    Line& format(int rate, int channels) {
        return count("rate", static_cast<std::uint64_t>(std::max(rate, 0)))
            .count("channels", static_cast<std::uint64_t>(std::max(channels, 0)));
    }
    Line& part(const RecordingPart& part) {
        return count("part", part.number)
            .text("file", part.location)
            .count("sample", part.sample)
            .utc("utc", part.utcNs)
            .format(part.rate, part.channels);
    }
    /// Told beside the track's own file, where it has no number.
    Line(domain::UtcTime time, const std::string& participant, const std::string& track) {
        text("line", "late-state").text("time", domain::utcText(time));
        text("participant", participant).text("trackId", track);
    }
    Line& delivered(const DeliveredFromSpoolEvent& e) {
        return state(e.block, "delivered-from-spool").count("attempts", e.attempts).count("status", e.status);
    }
    Line& dead(const DeadLetterEvent& e) {
        return state(e.block, "dead-lettered")
            .count("attempts", e.attempts)
            .count("status", e.status)
            .text("reason", e.reason);
    }
    Line& state(const BlockId& block, const char* name) {
        return text("state", name)
            .count("sequence", block.sequence)
            .range(block.sample, block.samples)
            .text("key", block.key);
    }
};

struct Maker {
    Stamp stamp;
    using Made = std::optional<std::string>;

    Made operator()(const PartOpenedEvent& e) const { return Line("part", stamp).part(e.part).str(); }
    Made operator()(const PartClosedEvent& e) const {
        Line line("part-closed", stamp);
        line.part(e.part).count("samples", e.samples);
        if (e.bytes > 0) line.count("bytes", e.bytes);
        return line.str();
    }
    Made operator()(const MovieEndedEvent& e) const {
        return Line("movie-ended", stamp).text("file", e.location).text("reason", e.reason).str();
    }
    Made operator()(const RecordingPausedEvent& e) const {
        return Line("paused", stamp).count("sample", e.sample).text("reason", e.reason).str();
    }
    Made operator()(const RecordedEvent& e) const {
        return Line("recorded", stamp)
            .count("samples", e.samples)
            .count("skipped", e.skipped)
            .count("parts", e.parts)
            .str();
    }
    Made operator()(const LeftOutEvent& e) const {
        return Line("skipped", stamp)
            .text("branch", "source")
            .range(e.sample, e.samples)
            .text("reason", e.reason)
            .str();
    }
    Made operator()(const GapEvent& e) const {
        return Line("gap", stamp)
            .range(e.sample, e.filled)
            .count("durationNs", e.durationNs)
            .count("unfilledNs", e.unfilledNs)
            .str();
    }
    Made operator()(const FormatAlarmEvent& e) const {
        return Line("format", stamp)
            .count("sample", e.sample)
            .format(e.rate, e.channels)
            .count("measuredRate", static_cast<std::uint64_t>(std::max(e.measuredRate, 0)))
            .count("measuredChannels", static_cast<std::uint64_t>(std::max(e.measuredChannels, 0)))
            .boolean("corrected", e.corrected)
            .text("reason", e.reason)
            .str();
    }
    Made operator()(const ClosedEvent& e) const {
        return Line("received", stamp).count("samples", e.samples).count("bytes", e.bytes).str();
    }
    Made operator()(const BlockEvent& e) const {
        return Line("block", stamp)
            .count("sequence", e.sequence)
            .range(e.sample, e.samples)
            .count("bytes", e.bytes)
            .utc("utc", e.utcNs)
            .format(e.rate, e.channels)
            .text("hash", e.hash)
            .number("gain", std::isfinite(e.gain) ? e.gain : 1.0)
            .text("reason", e.reason)
            .str();
    }
    Made operator()(const DeliveredEvent& e) const {
        return Line("state", stamp)
            .state(e.block, "acknowledged")
            .count("attempts", e.attempts)
            .count("status", e.status)
            .str();
    }
    Made operator()(const FailedEvent& e) const {
        return Line("state", stamp)
            .state(e.block, "failed")
            .count("attempts", e.attempts)
            .count("status", e.status)
            .text("reason", e.reason)
            .str();
    }
    Made operator()(const SpooledEvent& e) const {
        return Line("state", stamp)
            .state(e.block, "spooled")
            .count("attempts", e.attempts)
            .count("status", e.status)
            .text("reason", e.reason)
            .str();
    }
    Made operator()(const DeliveredFromSpoolEvent& e) const {
        return Line("state", stamp).delivered(e).str();
    }
    Made operator()(const DeadLetterEvent& e) const { return Line("state", stamp).dead(e).str(); }
    Made operator()(const SkippedEvent& e) const {
        return Line("state", stamp).state(e.block, "skipped").text("reason", e.reason).str();
    }
    Made operator()(const DroppedEvent& e) const {
        return Line("state", stamp).state(e.block, "dropped").text("reason", e.reason).str();
    }
};

} // namespace

std::string trackLine(const TrackInfo& track, Delivery delivery, Stamp stamp) {
    return Line("track", stamp)
        .count("version", version)
        .text("track", track.id)
        .text("trackId", track.request.trackId)
        .text("room", track.request.room)
        .text("meetingId", track.request.meetingId)
        .text("participant", track.request.participant)
        .count("rate", track.request.sampleRate)
        .count("channels", track.request.channels)
        .text("file", track.recording)
        .boolean("sends", delivery.sends)
        .boolean("normalizes", delivery.normalizes)
        .str();
}

std::string skippedLine(const Skipped& skipped, Stamp stamp) {
    return Line("skipped", stamp)
        .text("branch", "recording")
        .range(skipped.sample, skipped.samples)
        .text("reason", skipped.reason)
        .str();
}

std::string endLine(const Outcome& outcome, Stamp stamp) {
    return Line("end", stamp)
        .text("outcome", outcomeName(outcome.kind))
        .text("message", outcome.message)
        .str();
}

std::optional<std::string> lateLine(const Event& event, domain::UtcTime time) {
    if (const auto* e = std::get_if<DeliveredFromSpoolEvent>(&event))
        return Line(time, e->participant, e->track).delivered(*e).str();
    if (const auto* e = std::get_if<DeadLetterEvent>(&event))
        return Line(time, e->participant, e->track).dead(*e).str();
    return std::nullopt;
}

std::string meetingLine(const std::string& meetingId, Stamp stamp) {
    return Line("meeting", stamp).text("meetingId", meetingId).str();
}

std::optional<std::string> eventLine(const Event& event, Stamp stamp) {
    return lineOf(Maker{stamp}, event);
}

bool hasLine(const Event& event) {
    return concernsTrack(event) && handles<Maker>(event);
}

} // namespace lm::ledger
