#pragma once

#include "plugins/common/handles.hpp"

#include <gst/gst.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>

/// What a running pipeline says, as types. Shapes and units are those of `plugins/common/names.hpp`.
namespace lm::pipeline {

/// An element failed. `role` is the element of the template it belongs to.
struct ErrorEvent {
    std::string role;
    std::string message; // for people
    std::string detail;  // for logs
};
struct WarningEvent {
    std::string role;
    std::string message;
};
/// Something about a track that somebody should look at.
struct NoticeEvent {
    std::string text;
};
/// Every sink has had its end of stream.
struct EosEvent {};
/// The pipeline is in NULL: nothing comes after this.
struct DownEvent {};
/// First frame. The query of the connection stays behind: it may hold a token.
struct StartedEvent {
    std::int64_t utcNs = 0;
};
struct ConnectedEvent {
    int rate = 0;
    int channels = 0;
};
struct MutedEvent {
    bool muted = false;
    std::uint64_t sample = 0;
};
/// Audio that came was left out before `sample`, on purpose.
struct LeftOutEvent {
    std::uint64_t sample = 0;
    std::uint64_t samples = 0;
    std::string reason;
};
struct BadTextEvent {
    std::string reason;
    std::uint64_t count = 0;
};
struct GapEvent {
    std::uint64_t sample = 0;
    std::uint64_t durationNs = 0;
    std::uint64_t filled = 0; // frames of silence that were put in
    std::uint64_t unfilledNs = 0;
};
/// No data came for a while, and it is over.
struct StallEvent {
    std::uint64_t sample = 0;
    std::int64_t utcNs = 0; // when it began
    std::uint64_t durationNs = 0;
    std::uint64_t burstNs = 0; // came late
    std::uint64_t missingNs = 0;
    bool resumed = false;
};
/// What arrives is not what was declared.
struct FormatAlarmEvent {
    int rate = 0; // declared
    int channels = 0;
    int measuredRate = 0;
    int measuredChannels = 0;
    double byteRate = 0;
    double rateRatio = 0;
    std::string reason;
    bool corrected = false;
    std::uint64_t sample = 0;
};
/// What the source says of the track as a whole, when it has ended.
struct TrackFigures {
    int rate = 0;
    int channels = 0;
    std::int64_t utcNs = 0; // of the first frame; 0: no audio
    double byteRate = 0;    // a second, by the clock; 0: not enough to tell
    double rateRatio = 0;   // over what the format says
    double driftPpm = std::numeric_limits<double>::quiet_NaN(); // not enough to tell
    std::uint64_t gaps = 0;
    std::uint64_t gapNs = 0;
    std::uint64_t filled = 0;
    std::uint64_t unfilledNs = 0;
    std::uint64_t stalls = 0;
    std::uint64_t stallNs = 0;
    std::uint64_t mutes = 0;
    std::uint64_t mutedSamples = 0;
    std::uint64_t droppedSamples = 0;
};
struct ClosedEvent {
    unsigned code = 0;
    bool clean = false;
    std::string reason;
    std::uint64_t samples = 0;
    std::uint64_t bytes = 0;
    std::uint64_t messages = 0;
    std::uint64_t worstLatenessNs = 0; // of the ingest threads so far
    TrackFigures figures = {};
};
/// One file of a recording.
struct RecordingPart {
    unsigned number = 0; // from 1
    std::string location;
    std::uint64_t sample = 0; // its first frame
    std::int64_t utcNs = 0;   // of that frame; 0: unknown
    int rate = 0;
    int channels = 0;
};
struct PartOpenedEvent {
    RecordingPart part;
};
struct PartClosedEvent {
    RecordingPart part;
    std::uint64_t samples = 0;
    std::uint64_t bytes = 0; // size of the file; 0: its header says it (audio)
};
/// From `sample` on nothing is recorded; the track goes on.
struct RecordingPausedEvent {
    std::uint64_t sample = 0;
    std::string reason;
    std::string location;
};
struct RecordingResumedEvent {
    std::uint64_t sample = 0;
    std::uint64_t skipped = 0;
};
/// The recording's last word.
struct RecordedEvent {
    std::uint64_t samples = 0;
    std::uint64_t skipped = 0;
    unsigned parts = 0;
};
/// The Matroska file beside a bytestream holds what it holds and gets no more; the bytestream goes on.
struct MovieEndedEvent {
    std::string location;
    std::string reason;
};
struct BlockEvent {
    std::uint64_t sequence = 0;
    std::uint64_t sample = 0;
    std::uint64_t samples = 0;
    std::uint64_t bytes = 0;
    std::int64_t utcNs = 0; // 0: unknown
    int rate = 0;
    int channels = 0;
    double peak = 0;
    double rms = 0;
    double gain = 1;
    std::string reason;
    std::string hash = {};     // XXH3-128 of its bytes
    std::uint64_t clipped = 0; // samples at full scale
    double offset = 0;         // mean of the samples, -1 to 1
};
/// Something is wrong with the sound, or is not any more.
struct SoundEvent {
    std::string kind; // clipping, offset, silence
    bool active = false;
    double value = 0;
    std::uint64_t number = 0; // how often it has begun, from 1
    std::uint64_t sample = 0;
    std::string reason;
};
/// Which block a delivery event is about.
struct BlockId {
    std::uint64_t sequence = 0;
    std::uint64_t sample = 0;
    std::uint64_t samples = 0;
    std::string key;
};
struct DeliveredEvent {
    BlockId block;
    unsigned attempts = 0;
    unsigned status = 0;
    std::uint64_t latencyNs = 0;
    std::optional<std::string> response;
};
struct RetryingEvent {
    BlockId block;
    unsigned attempt = 0;
    unsigned status = 0;
    std::uint64_t delayNs = 0;
    std::string reason;
};
struct FailedEvent {
    BlockId block;
    unsigned attempts = 0;
    unsigned status = 0;
    std::string reason;
};
struct DroppedEvent {
    BlockId block;
    std::string reason;
};
/// The block is not sent, on purpose: no loss.
struct SkippedEvent {
    BlockId block;
    std::string reason;
};
/// The block is on disk and will be delivered later: no loss.
struct SpooledEvent {
    BlockId block;
    unsigned attempts = 0;
    unsigned status = 0;
    std::string reason;
};
/// A spooled block was delivered, or is kept but will not be. Unless it is the sink's `own`, it is of another
/// track or an earlier run: `meeting` and the like say whose.
struct DeliveredFromSpoolEvent {
    BlockId block;
    std::string meeting, participant, track;
    unsigned attempts = 0;
    unsigned status = 0;
    std::uint64_t ageNs = 0;
    std::optional<std::string> response;
    bool own = false;
    /// While a copy of it is held the block stays on disk, and is delivered again after a restart: it is the
    /// ledger's, until its line is written.
    Ref<GBytes> receipt = {};
};
struct DeadLetterEvent {
    BlockId block;
    std::string meeting, participant, track;
    unsigned attempts = 0;
    unsigned status = 0;
    std::string reason;
    bool own = false;
};
/// The circuit breaker of the endpoint: closed, open or half-open.
struct CircuitEvent {
    std::string endpoint;
    std::string state;
    unsigned failures = 0;
    bool refused = false;
    std::string reason;
};
struct SpoolNoticeEvent {
    std::string text;
};

using Event =
    std::variant<ErrorEvent, WarningEvent, NoticeEvent, EosEvent, DownEvent, StartedEvent, ConnectedEvent,
                 MutedEvent, LeftOutEvent, SoundEvent, BadTextEvent, GapEvent, StallEvent, FormatAlarmEvent,
                 ClosedEvent, PartOpenedEvent, PartClosedEvent, RecordingPausedEvent, RecordingResumedEvent,
                 RecordedEvent, MovieEndedEvent, BlockEvent, DeliveredEvent, RetryingEvent, FailedEvent,
                 DroppedEvent, SkippedEvent, SpooledEvent, DeliveredFromSpoolEvent, DeadLetterEvent,
                 CircuitEvent, SpoolNoticeEvent>;

/// False when a sink tells of a spooled block that is another track's, or an earlier run's.
bool concernsTrack(const Event& event);

/// Whether `Visitor` has an overload for what `event` is.
template <typename Visitor> bool handles(const Event& event) {
    return std::visit([](const auto& e) { return std::is_invocable_v<const Visitor&, decltype(e)>; }, event);
}

/// What its overload for `event` returns; nullopt without one.
template <typename Visitor> std::optional<std::string> lineOf(const Visitor& visitor, const Event& event) {
    return std::visit(
        [&](const auto& e) -> std::optional<std::string> {
            if constexpr (std::is_invocable_v<const Visitor&, decltype(e)>) return visitor(e);
            return std::nullopt;
        },
        event);
}

/// For who keeps an event for something else than the coverage ledger.
Event withoutReceipt(Event event);
/// Leaves out what the analysis service answered; false when there is nothing of the kind.
bool leaveAnswerOut(Event& event);
/// Nobody will hear of it: the block of a receipt is to stay on disk, for the next process.
void abandon(Event event);

/// Memory of an event, its texts included, for bounds.
std::size_t weightOf(const Event& event);

/// The event in a message of `pipeline`; nullopt for what the service has no use for. Any thread.
std::optional<Event> toEvent(GstMessage* message, GstElement* pipeline);

/// True for what decides how a track ends, or says what of it is recorded: never discarded.
bool isEssential(const Event& event);

} // namespace lm::pipeline
