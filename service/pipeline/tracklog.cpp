#include "service/pipeline/tracklog.hpp"

#include "service/logging/log.hpp"

#include <cmath>
#include <cstdio>

namespace lm::pipeline {
namespace {

using logging::Level;

constexpr char component[] = "egress";

std::string milliseconds(std::uint64_t ns) {
    return std::to_string(ns / 1'000'000);
}

/// What was odd about the sound of a track and its time, for people; empty when nothing was.
std::string remarks(const TrackFigures& f) {
    std::string text;
    const auto add = [&](std::uint64_t count, const std::string& what) {
        if (count > 0) text += (text.empty() ? "" : ", ") + std::to_string(count) + what;
    };
    add(f.gaps, " gaps of " + milliseconds(f.gapNs) + " ms in all, " + milliseconds(f.unfilledNs) +
                    " ms of them not filled");
    add(f.stalls, " stalls of " + milliseconds(f.stallNs) + " ms in all");
    add(f.mutes, " mutes of " + std::to_string(f.mutedSamples) + " frames in all");
    add(f.droppedSamples, " frames left out while muted");
    return text;
}

std::string fixed(double value, int digits) {
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    return text;
}

/// Logs with the identity every line carries.
struct Line {
    const TrackInfo& track;

    void write(Level level, std::string_view message, std::string_view key, const std::string& value) const {
        logging::log(level, component, message,
                     {{"track", track.id},
                      {"trackId", track.request.trackId},
                      {"room", track.request.room},
                      {"meetingId", track.request.meetingId},
                      {key, value}});
    }

    void operator()(const ErrorEvent& e) const {
        write(Level::Error, e.role + ": " + e.message, "detail", e.detail);
    }
    void operator()(const WarningEvent& e) const { write(Level::Warning, e.message, "element", e.role); }
    void operator()(const NoticeEvent& e) const {
        write(Level::Warning, e.text, "participant", track.request.participant);
    }
    void operator()(const MovieEndedEvent& e) const {
        write(Level::Warning, "the Matroska file ends here, the bytestream goes on: " + e.reason, "file",
              e.location);
    }
    void operator()(const ConnectedEvent& e) const {
        write(Level::Debug, "connected", "format",
              std::to_string(e.rate) + " Hz, " + std::to_string(e.channels) + " channels");
    }
    void operator()(const MutedEvent& e) const {
        write(Level::Info, e.muted ? "muted" : "unmuted", "sample", std::to_string(e.sample));
    }
    void operator()(const LeftOutEvent& e) const {
        write(Level::Info, "audio left out: " + e.reason, "frames",
              std::to_string(e.samples) + " before sample " + std::to_string(e.sample));
    }
    /// A warning once for a track and kind: it may come and go all day.
    void operator()(const SoundEvent& e) const {
        write(e.active && e.number == 1 ? Level::Warning : Level::Info,
              "track " + track.request.trackId + " of " + track.request.participant + " in room " +
                  track.request.room + ": " + e.reason,
              "sample", std::to_string(e.sample));
    }
    void operator()(const BadTextEvent& e) const {
        write(Level::Warning, "unusable text message", "reason", e.reason);
    }
    void operator()(const GapEvent& e) const {
        write(Level::Warning, "audio is missing", "ms",
              milliseconds(e.durationNs) + " before sample " + std::to_string(e.sample) + ", " +
                  std::to_string(e.filled) + " frames of silence put in, " + milliseconds(e.unfilledNs) +
                  " ms skipped");
    }
    void operator()(const FormatAlarmEvent& e) const {
        write(Level::Warning,
              e.corrected ? "the declared format is wrong and was corrected" : "the declared format is wrong",
              "reason", e.reason);
    }
    void operator()(const StallEvent& e) const {
        write(Level::Warning, e.resumed ? "no data came for a while" : "no data came before the end", "ms",
              milliseconds(e.durationNs) + " at sample " + std::to_string(e.sample) + ", " +
                  milliseconds(e.burstNs) + " ms of it came late, " + milliseconds(e.missingNs) +
                  " ms never came");
    }
    void operator()(const ClosedEvent& e) const {
        write(e.clean ? Level::Debug : Level::Warning, e.clean ? "socket closed" : "socket lost", "reason",
              e.reason);
    }
    void operator()(const PartOpenedEvent& e) const {
        write(e.part.number > 1 ? Level::Info : Level::Debug,
              "recording into part " + std::to_string(e.part.number), "file", e.part.location);
    }
    void operator()(const RecordingPausedEvent& e) const {
        write(Level::Error,
              "the recording pauses at sample " + std::to_string(e.sample) +
                  " and goes on by itself when the file system takes it (" + e.reason + ")",
              "file", e.location);
    }
    void operator()(const RecordingResumedEvent& e) const {
        write(Level::Warning, "the recording goes on at sample " + std::to_string(e.sample), "skipped",
              std::to_string(e.skipped));
    }
    void operator()(const RecordedEvent& e) const {
        if (e.skipped > 0)
            write(Level::Error, "samples are missing in the recording", "skipped", std::to_string(e.skipped));
    }
    void operator()(const BlockEvent& e) const {
        write(Level::Debug, "block", "sequence", std::to_string(e.sequence));
    }
    void operator()(const DeliveredEvent& e) const { delivery(Level::Debug, "block delivered", e.block, ""); }
    void operator()(const RetryingEvent& e) const {
        delivery(Level::Warning, "block not delivered yet, trying again", e.block, e.reason);
    }
    void operator()(const FailedEvent& e) const {
        delivery(Level::Error, "block not delivered", e.block,
                 std::to_string(e.attempts) + " attempts, " + e.reason);
    }
    void operator()(const SpooledEvent& e) const {
        delivery(Level::Warning, "block kept on disk, will be delivered later", e.block, e.reason);
    }
    void operator()(const DeliveredFromSpoolEvent& e) const {
        delivery(Level::Debug, "block delivered out of the spool", e.block, "");
    }
    void operator()(const DeadLetterEvent& e) const {
        delivery(Level::Error, "block will not be delivered, kept as a dead letter", e.block, e.reason);
    }
    void operator()(const CircuitEvent& e) const {
        write(e.refused ? Level::Error : Level::Warning, "the analysis service's circuit is " + e.state,
              "reason", e.reason);
    }
    void operator()(const SpoolNoticeEvent& e) const { write(Level::Warning, "spool", "notice", e.text); }
    void operator()(const SkippedEvent& e) const {
        delivery(Level::Debug, "block not sent", e.block, e.reason);
    }
    void operator()(const DroppedEvent& e) const {
        delivery(Level::Error, "block dropped", e.block, e.reason);
    }
    template <typename Other> void operator()(const Other&) const {}

    void delivery(Level level, const std::string& what, const BlockId& block,
                  const std::string& reason) const {
        write(level, what, "block",
              std::to_string(block.sequence) + " sample " + std::to_string(block.sample) + " key " +
                  block.key + (reason.empty() ? "" : ": " + reason));
    }
};

} // namespace

void TrackLog::trackStarted(const TrackInfo& track) {
    logging::info(component, "track started",
                  {{"track", track.id},
                   {"trackId", track.request.trackId},
                   {"room", track.request.room},
                   {"meetingId", track.request.meetingId},
                   {"participant", track.request.participant},
                   {"file", track.recording}});
}

void TrackLog::trackEvent(const TrackInfo& track, const Event& event) {
    std::visit(Line{track}, event);
}

void TrackLog::trackEnded(const TrackInfo& track, const Outcome& outcome) {
    const TrackFigures& f = track.figures;
    const bool well = outcome.kind == OutcomeKind::Ok || outcome.kind == OutcomeKind::Cancelled;
    logging::log(well ? Level::Info : Level::Error, component, "track ended",
                 {{"track", track.id},
                  {"trackId", track.request.trackId},
                  {"room", track.request.room},
                  {"meetingId", track.request.meetingId},
                  {"outcome", outcomeName(outcome.kind)},
                  {"reason", outcome.message},
                  {"blocks", track.blocks},
                  {"frames", track.samples},
                  {"parts", track.parts},
                  {"bytesPerSecond", f.byteRate > 0 ? fixed(f.byteRate, 0) : ""},
                  {"driftPpm", std::isfinite(f.driftPpm) ? fixed(f.driftPpm, 1) : ""},
                  {"remarks", remarks(f)},
                  {"file", track.recording}});
}

} // namespace lm::pipeline
