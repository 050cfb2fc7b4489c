#include "service/pipelinelog/line.hpp"

#include "service/json/object.hpp"

namespace lm::pipelinelog {
namespace {

using namespace lm::pipeline;

class Line : public json::Members<Line> {
public:
    Line(const TrackInfo& track, domain::UtcTime now, const char* event) {
        text("time", domain::utcText(now));
        text("event", event);
        text("meetingId", track.request.meetingId);
        text("room", track.request.room);
        text("participant", track.request.participant);
        text("trackId", track.request.trackId);
        text("track", track.id);
    }

    Line& utc(const char* name, std::int64_t ns) {
        return ns == 0 ? null(name) : text(name, domain::utcText(domain::utcFromNs(ns)));
    }
    Line& block(const BlockId& id) {
        return count("sequence", id.sequence)
            .count("sample", id.sample)
            .count("samples", id.samples)
            .text("key", id.key);
    }
    Line& part(const RecordingPart& part) {
        return count("part", part.number)
            .text("file", part.location)
            .count("sample", part.sample)
            .utc("utc", part.utcNs)
            .count("rate", static_cast<std::uint64_t>(part.rate))
            .count("channels", static_cast<std::uint64_t>(part.channels));
    }
};

struct Maker {
    const TrackInfo& track;
    domain::UtcTime now;
    using Made = std::optional<std::string>;

    Made operator()(const BlockEvent& e) const {
        const double duration = e.rate > 0 ? static_cast<double>(e.samples) / e.rate : 0.0;
        return Line(track, now, "block")
            .count("sequence", e.sequence)
            .count("sample", e.sample)
            .count("samples", e.samples)
            .count("bytes", e.bytes)
            .number("duration", duration)
            .utc("utc", e.utcNs)
            .count("rate", static_cast<std::uint64_t>(e.rate))
            .count("channels", static_cast<std::uint64_t>(e.channels))
            .number("peakDbfs", e.peak)
            .number("rmsDbfs", e.rms)
            .number("gain", e.gain)
            .count("clipped", e.clipped)
            .number("offset", e.offset)
            .text("reason", e.reason)
            .text("file", track.recording)
            .str();
    }
    Made operator()(const MutedEvent& e) const {
        return Line(track, now, "muted").boolean("muted", e.muted).count("sample", e.sample).str();
    }
    Made operator()(const LeftOutEvent& e) const {
        return Line(track, now, "left-out")
            .count("sample", e.sample)
            .count("samples", e.samples)
            .text("reason", e.reason)
            .str();
    }
    Made operator()(const SoundEvent& e) const {
        return Line(track, now, "sound")
            .text("kind", e.kind)
            .boolean("active", e.active)
            .number("value", e.value)
            .count("number", e.number)
            .count("sample", e.sample)
            .text("reason", e.reason)
            .str();
    }
    Made operator()(const GapEvent& e) const {
        return Line(track, now, "gap")
            .count("sample", e.sample)
            .seconds("missing", e.durationNs)
            .count("filled", e.filled)
            .seconds("unfilled", e.unfilledNs)
            .str();
    }
    Made operator()(const FormatAlarmEvent& e) const {
        return Line(track, now, "format-alarm")
            .count("sample", e.sample)
            .count("rate", static_cast<std::uint64_t>(e.rate))
            .count("channels", static_cast<std::uint64_t>(e.channels))
            .count("measuredRate", static_cast<std::uint64_t>(e.measuredRate))
            .count("measuredChannels", static_cast<std::uint64_t>(e.measuredChannels))
            .number("bytesPerSecond", e.byteRate)
            .number("rateRatio", e.rateRatio)
            .boolean("corrected", e.corrected)
            .text("reason", e.reason)
            .str();
    }
    Made operator()(const StallEvent& e) const {
        return Line(track, now, "stall")
            .count("sample", e.sample)
            .utc("utc", e.utcNs)
            .seconds("duration", e.durationNs)
            .seconds("late", e.burstNs)
            .seconds("missing", e.missingNs)
            .boolean("resumed", e.resumed)
            .str();
    }
    Made operator()(const PartOpenedEvent& e) const {
        return Line(track, now, "part-opened").part(e.part).str();
    }
    Made operator()(const PartClosedEvent& e) const {
        return Line(track, now, "part-closed").part(e.part).count("samples", e.samples).str();
    }
    Made operator()(const RecordingPausedEvent& e) const {
        return Line(track, now, "recording-paused")
            .count("sample", e.sample)
            .text("reason", e.reason)
            .text("file", e.location)
            .str();
    }
    Made operator()(const RecordingResumedEvent& e) const {
        return Line(track, now, "recording-resumed")
            .count("sample", e.sample)
            .count("skipped", e.skipped)
            .str();
    }
    Made operator()(const RecordedEvent& e) const {
        return Line(track, now, "recorded")
            .count("samples", e.samples)
            .count("skipped", e.skipped)
            .count("parts", e.parts)
            .str();
    }
    Made operator()(const DeliveredEvent& e) const {
        Line line(track, now, "delivered");
        line.block(e.block)
            .count("attempts", e.attempts)
            .count("status", e.status)
            .seconds("latency", e.latencyNs);
        if (e.response) line.text("response", *e.response);
        return line.str();
    }
    Made operator()(const RetryingEvent& e) const {
        return Line(track, now, "retrying")
            .block(e.block)
            .count("attempt", e.attempt)
            .count("status", e.status)
            .seconds("delay", e.delayNs)
            .text("reason", e.reason)
            .str();
    }
    Made operator()(const FailedEvent& e) const {
        return Line(track, now, "failed")
            .block(e.block)
            .count("attempts", e.attempts)
            .count("status", e.status)
            .text("reason", e.reason)
            .str();
    }
    Made operator()(const SpooledEvent& e) const {
        return Line(track, now, "spooled")
            .block(e.block)
            .count("attempts", e.attempts)
            .count("status", e.status)
            .text("reason", e.reason)
            .str();
    }
    Made operator()(const DeliveredFromSpoolEvent& e) const {
        Line line(track, now, "delivered-from-spool");
        line.block(e.block).count("attempts", e.attempts).count("status", e.status).seconds("age", e.ageNs);
        if (e.response) line.text("response", *e.response);
        return line.str();
    }
    Made operator()(const DeadLetterEvent& e) const {
        return Line(track, now, "dead-letter")
            .block(e.block)
            .count("attempts", e.attempts)
            .count("status", e.status)
            .text("reason", e.reason)
            .str();
    }
    Made operator()(const SkippedEvent& e) const {
        return Line(track, now, "skipped").block(e.block).text("reason", e.reason).str();
    }
    Made operator()(const DroppedEvent& e) const {
        return Line(track, now, "dropped").block(e.block).text("reason", e.reason).str();
    }
};

} // namespace

std::string startedLine(const TrackInfo& track, domain::UtcTime now) {
    return Line(track, now, "started")
        .count("rate", track.request.sampleRate)
        .count("channels", track.request.channels)
        .text("file", track.recording)
        .str();
}

std::string associatedLine(const TrackInfo& track, domain::UtcTime now) {
    return Line(track, now, "associated").str();
}

std::string endedLine(const TrackInfo& track, const Outcome& outcome, domain::UtcTime now) {
    const TrackFigures& f = track.figures;
    return Line(track, now, "ended")
        .text("outcome", outcomeName(outcome.kind))
        .text("message", outcome.message)
        .count("blocks", track.blocks)
        .text("file", track.recording)
        .count("samples", track.samples)
        .count("rate", static_cast<std::uint64_t>(f.rate))
        .count("channels", static_cast<std::uint64_t>(f.channels))
        .utc("utc", f.utcNs)
        .number("bytesPerSecond", f.byteRate)
        .number("rateRatio", f.rateRatio)
        .number("driftPpm", f.driftPpm)
        .count("gaps", f.gaps)
        .seconds("missing", f.gapNs)
        .count("filled", f.filled)
        .seconds("unfilled", f.unfilledNs)
        .count("stalls", f.stalls)
        .seconds("stalled", f.stallNs)
        .count("mutes", f.mutes)
        .count("mutedSamples", f.mutedSamples)
        .count("droppedSamples", f.droppedSamples)
        .str();
}

std::optional<std::string> eventLine(const TrackInfo& track, const Event& event, domain::UtcTime now) {
    return lineOf(Maker{track, now}, event);
}

bool hasLine(const Event& event) {
    return concernsTrack(event) && handles<Maker>(event);
}

} // namespace lm::pipelinelog
