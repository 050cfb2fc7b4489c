#include "service/pipeline/busevents.hpp"

#include "plugins/common/names.hpp"

#include <functional>
#include <string_view>
#include <unordered_map>

namespace lm::pipeline {
namespace {

/// Reads fields by the type they were set with; a missing field keeps its default.
class Fields {
public:
    explicit Fields(const GstStructure* structure) : structure_(structure) {}

    /// Any integer type: the elements' unsigned and signed fields differ, their meaning does not.
    template <typename T> T integer(const char* name) const {
        const GValue* value = gst_structure_get_value(structure_, name);
        if (!value) return 0;
        if (G_VALUE_HOLDS_INT(value)) return static_cast<T>(g_value_get_int(value));
        if (G_VALUE_HOLDS_UINT(value)) return static_cast<T>(g_value_get_uint(value));
        if (G_VALUE_HOLDS_INT64(value)) return static_cast<T>(g_value_get_int64(value));
        if (G_VALUE_HOLDS_UINT64(value)) return static_cast<T>(g_value_get_uint64(value));
        return 0;
    }
    std::uint64_t u64(const char* name) const { return integer<std::uint64_t>(name); }
    unsigned u32(const char* name) const { return integer<unsigned>(name); }
    double real(const char* name) const {
        double value = 0;
        gst_structure_get_double(structure_, name, &value);
        return value;
    }
    bool boolean(const char* name) const {
        gboolean value = FALSE;
        gst_structure_get_boolean(structure_, name, &value);
        return value != FALSE;
    }
    std::string text(const char* name) const {
        const char* value = gst_structure_get_string(structure_, name);
        return value ? value : "";
    }
    Ref<GBytes> bytes(const char* name) const {
        const GValue* value = gst_structure_get_value(structure_, name);
        const bool fits = value && G_VALUE_HOLDS(value, G_TYPE_BYTES);
        return fits ? Ref<GBytes>::share(static_cast<GBytes*>(g_value_get_boxed(value))) : Ref<GBytes>();
    }
    bool has(const char* name) const { return gst_structure_has_field(structure_, name) != FALSE; }

private:
    const GstStructure* structure_;
};

BlockId blockId(const Fields& f) {
    return {f.u64("sequence"), f.u64("sample"), f.u64("samples"), f.text("key")};
}

BlockEvent block(const Fields& f) {
    return {f.u64("sequence"),
            f.u64("sample"),
            f.u64("samples"),
            f.u64("bytes"),
            f.integer<std::int64_t>("utc-ns"),
            f.integer<int>("rate"),
            f.integer<int>("channels"),
            f.real("peak"),
            f.real("rms"),
            f.has("gain") ? f.real("gain") : 1.0,
            f.text("reason"),
            f.text("hash"),
            f.u64("clipped"),
            f.real("offset")};
}

TrackFigures figures(const Fields& f) {
    TrackFigures figures{.rate = f.integer<int>("rate"),
                         .channels = f.integer<int>("channels"),
                         .utcNs = f.integer<std::int64_t>("utc-ns"),
                         .byteRate = f.real("byte-rate"),
                         .rateRatio = f.real("rate-ratio"),
                         .gaps = f.u64("gaps"),
                         .gapNs = f.u64("gap-ns"),
                         .filled = f.u64("filled"),
                         .unfilledNs = f.u64("unfilled-ns"),
                         .stalls = f.u64("stalls"),
                         .stallNs = f.u64("stall-ns"),
                         .mutes = f.u64("mutes"),
                         .mutedSamples = f.u64("muted-samples"),
                         .droppedSamples = f.u64("dropped-samples")};
    if (f.has("drift-ppm")) figures.driftPpm = f.real("drift-ppm");
    return figures;
}

StallEvent stall(const Fields& f) {
    return {f.u64("sample"),      f.integer<std::int64_t>("utc-ns"),
            f.u64("duration-ns"), f.u64("burst-ns"),
            f.u64("missing-ns"),  f.boolean("resumed")};
}

FormatAlarmEvent formatAlarm(const Fields& f) {
    return {f.integer<int>("rate"),
            f.integer<int>("channels"),
            f.integer<int>("measured-rate"),
            f.integer<int>("measured-channels"),
            f.real("byte-rate"),
            f.real("rate-ratio"),
            f.text("reason"),
            f.boolean("corrected"),
            f.u64("sample")};
}

ClosedEvent closed(const Fields& f) {
    return {f.u32("code"),
            f.boolean("clean"),
            f.text("reason"),
            f.u64("samples"),
            f.u64("bytes"),
            f.u64("messages"),
            f.has(names::wsaudiosrc::worstLateness) ? f.u64(names::wsaudiosrc::worstLateness) : 0,
            figures(f)};
}

RecordingPart part(const Fields& f) {
    return {f.u32("part"),          f.text("location"),
            f.u64("sample"),        f.integer<std::int64_t>("utc-ns"),
            f.integer<int>("rate"), f.integer<int>("channels")};
}

DeliveredEvent delivered(const Fields& f) {
    return {blockId(f), f.u32("attempts"), f.u32("status"), f.u64("latency-ns"),
            f.has("response") ? std::optional(f.text("response")) : std::nullopt};
}

using Reader = std::function<Event(const Fields&)>;

const std::unordered_map<std::string_view, Reader>& readers() {
    namespace src = names::wsaudiosrc;
    namespace sink = names::imentivsink;
    namespace file = names::wavfilesink;
    namespace video = names::wsvideosrc;
    namespace movie = names::videofilesink;
    static const std::unordered_map<std::string_view, Reader> table = {
        {src::msgStarted, [](const Fields& f) { return StartedEvent{f.integer<std::int64_t>("utc-ns")}; }},
        {src::msgConnected,
         [](const Fields& f) {
             return ConnectedEvent{f.integer<int>("rate"), f.integer<int>("channels")};
         }},
        {src::msgMuted,
         [](const Fields& f) {
             return MutedEvent{f.boolean("muted"), f.u64("sample")};
         }},
        {src::msgLeftOut,
         [](const Fields& f) {
             return LeftOutEvent{f.u64("sample"), f.u64("samples"), f.text("reason")};
         }},
        {names::blockaggregator::msgSound,
         [](const Fields& f) {
             return SoundEvent{f.text("kind"),  f.boolean("active"), f.real("value"),
                               f.u64("number"), f.u64("sample"),     f.text("reason")};
         }},
        {src::msgBadText,
         [](const Fields& f) {
             return BadTextEvent{f.text("reason"), f.u64("count")};
         }},
        {src::msgGap,
         [](const Fields& f) {
             return GapEvent{f.u64("sample"), f.u64("duration-ns"), f.u64("filled"), f.u64("unfilled-ns")};
         }},
        {src::msgStall, stall},
        {src::msgFormatAlarm, formatAlarm},
        {src::msgClosed, closed},
        {file::msgPartOpened, [](const Fields& f) { return PartOpenedEvent{part(f)}; }},
        {file::msgPartClosed,
         [](const Fields& f) {
             return PartClosedEvent{part(f), f.u64("samples")};
         }},
        {file::msgPaused,
         [](const Fields& f) {
             return RecordingPausedEvent{f.u64("sample"), f.text("reason"), f.text("location")};
         }},
        {file::msgResumed,
         [](const Fields& f) {
             return RecordingResumedEvent{f.u64("sample"), f.u64("skipped")};
         }},
        {file::msgFinished,
         [](const Fields& f) {
             return RecordedEvent{f.u64("samples"), f.u64("skipped"), f.u32("parts")};
         }},
        {names::blockaggregator::msgBlock, block},
        {video::msgStarted, [](const Fields& f) { return StartedEvent{f.integer<std::int64_t>("utc-ns")}; }},
        {video::msgMuted,
         [](const Fields& f) {
             return MutedEvent{f.boolean("muted"), f.u64("sample")};
         }},
        {video::msgBadText,
         [](const Fields& f) {
             return BadTextEvent{f.text("reason"), f.u64("count")};
         }},
        {video::msgWaiting,
         [](const Fields&) {
             return NoticeEvent{"video does not begin with a key frame: frames are dropped until one comes"};
         }},
        {video::msgReordered,
         [](const Fields&) {
             return NoticeEvent{
                 "the video has B-frames: each gets the time at which it came, which is not when it "
                 "is to be shown; send it without"};
         }},
        {video::msgNothing,
         [](const Fields& f) {
             return NoticeEvent{"nothing was received that can be recorded: " + f.text("reason")};
         }},
        {video::msgBadData,
         [](const Fields& f) {
             return NoticeEvent{"data that is no video of the declared codec is dropped: " +
                                f.text("reason")};
         }},
        {video::msgClosed, closed},
        {movie::msgPartOpened, [](const Fields& f) { return PartOpenedEvent{part(f)}; }},
        {movie::msgPartClosed,
         [](const Fields& f) {
             return PartClosedEvent{part(f), f.u64("samples"), f.u64("bytes")};
         }},
        {movie::msgPaused,
         [](const Fields& f) {
             return RecordingPausedEvent{f.u64("sample"), f.text("reason"), f.text("location")};
         }},
        {movie::msgResumed,
         [](const Fields& f) {
             return RecordingResumedEvent{f.u64("sample"), f.u64("skipped")};
         }},
        {movie::msgFinished,
         [](const Fields& f) {
             return RecordedEvent{f.u64("samples"), f.u64("skipped"), f.u32("parts")};
         }},
        {movie::msgMovieEnded,
         [](const Fields& f) {
             return MovieEndedEvent{f.text("location"), f.text("reason")};
         }},
        {sink::msgDelivered, delivered},
        {sink::msgRetrying,
         [](const Fields& f) {
             return RetryingEvent{blockId(f), f.u32("attempt"), f.u32("status"), f.u64("delay-ns"),
                                  f.text("reason")};
         }},
        {sink::msgFailed,
         [](const Fields& f) {
             return FailedEvent{blockId(f), f.u32("attempts"), f.u32("status"), f.text("reason")};
         }},
        {sink::msgDropped,
         [](const Fields& f) {
             return DroppedEvent{blockId(f), f.text("reason")};
         }},
        {sink::msgSkipped,
         [](const Fields& f) {
             return SkippedEvent{blockId(f), f.text("reason")};
         }},
        {sink::msgSpooled,
         [](const Fields& f) {
             return SpooledEvent{blockId(f), f.u32("attempts"), f.u32("status"), f.text("reason")};
         }},
        {sink::msgDeliveredFromSpool,
         [](const Fields& f) {
             return DeliveredFromSpoolEvent{blockId(f),
                                            f.text("meeting"),
                                            f.text("participant"),
                                            f.text("track"),
                                            f.u32("attempts"),
                                            f.u32("status"),
                                            f.u64("age-ns"),
                                            f.has("response") ? std::optional(f.text("response"))
                                                              : std::nullopt,
                                            f.boolean("own"),
                                            f.bytes("receipt")};
         }},
        {sink::msgDeadLetter,
         [](const Fields& f) {
             return DeadLetterEvent{blockId(f),       f.text("meeting"), f.text("participant"),
                                    f.text("track"),  f.u32("attempts"), f.u32("status"),
                                    f.text("reason"), f.boolean("own")};
         }},
        {sink::msgCircuit,
         [](const Fields& f) {
             return CircuitEvent{f.text("endpoint"), f.text("state"), f.u32("failures"), f.boolean("refused"),
                                 f.text("reason")};
         }},
        {sink::msgSpoolNotice, [](const Fields& f) { return SpoolNoticeEvent{f.text("text")}; }},
    };
    return table;
}

/// The name of the pipeline's direct child that `object` is or lies in.
std::string roleOf(GstObject* object, GstElement* pipeline) {
    Ref<GstObject> current = Ref<GstObject>::share(object);
    while (current) {
        auto parent = Ref<GstObject>::adopt(gst_object_get_parent(current.get()));
        if (!parent || parent.get() == GST_OBJECT(pipeline)) {
            const Owned<char> name(gst_object_get_name(current.get()));
            return name ? name.get() : "";
        }
        current = std::move(parent);
    }
    return {};
}

Event failure(GstMessage* message, GstElement* pipeline) {
    Owned<GError> error;
    Owned<char> detail;
    gst_message_parse_error(message, OutPtr(error), OutPtr(detail));
    return ErrorEvent{roleOf(GST_MESSAGE_SRC(message), pipeline), error ? error->message : "unknown error",
                      detail ? detail.get() : ""};
}

Event warning(GstMessage* message, GstElement* pipeline) {
    Owned<GError> error;
    Owned<char> detail;
    gst_message_parse_warning(message, OutPtr(error), OutPtr(detail));
    return WarningEvent{roleOf(GST_MESSAGE_SRC(message), pipeline),
                        error ? error->message : "unknown warning"};
}

} // namespace

std::optional<Event> toEvent(GstMessage* message, GstElement* pipeline) {
    switch (GST_MESSAGE_TYPE(message)) {
    case GST_MESSAGE_ERROR:
        return failure(message, pipeline);
    case GST_MESSAGE_WARNING:
        return warning(message, pipeline);
    case GST_MESSAGE_EOS:
        return EosEvent{};
    case GST_MESSAGE_ELEMENT:
        break;
    default:
        return std::nullopt;
    }
    const GstStructure* structure = gst_message_get_structure(message);
    if (!structure) return std::nullopt;
    const auto found = readers().find(gst_structure_get_name(structure));
    if (found == readers().end()) return std::nullopt;
    return found->second(Fields(structure));
}

} // namespace lm::pipeline
