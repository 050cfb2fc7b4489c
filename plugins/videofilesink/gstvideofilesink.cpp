/**
 * SECTION:element-videofilesink
 * @title: videofilesink
 * @short_description: records encoded video into files that are true at every instant
 *
 * A frame is written at once and unbuffered: H.264 as an Annex B bytestream, VP8 and VP9 as IVF, whose header
 * counts the frames that are there. What a Matroska muxer makes is written where the muxer wants it. A file
 * appears with the first data and is never one that exists.
 *
 * A full disk is no error: a bytestream pauses, says so by a message and goes on in a new part with the first
 * key frame for which there is room; a Matroska file ends.
 *
 * |[
 * gst-launch-1.0 -m videotestsrc num-buffers=90 ! vp8enc deadline=1 ! videofilesink location=x.ivf
 * ]|
 */
#include "plugins/videofilesink/gstvideofilesink.h"

#include "plugins/common/cboundary.hpp"
#include "plugins/common/files/bufferpieces.hpp"
#include "plugins/common/files/posixstorage.hpp"
#include "plugins/common/guarded.hpp"
#include "plugins/common/handles.hpp"
#include "plugins/common/names.hpp"
#include "plugins/videofilesink/framerecorder.hpp"
#include "plugins/videofilesink/moviewriter.hpp"
#include "plugins/videofilesink/reporter.hpp"

#include <array>

GST_DEBUG_CATEGORY(videofilesink_debug);
#define GST_CAT_DEFAULT videofilesink_debug

using namespace lm::videofilesink;
namespace n = lm::names::videofilesink;

namespace {

enum Property : guint { propLocation = 1, propStats, propCount };

/// From READY to PAUSED and back.
struct Session {
    Session(GstElement* element, const std::string& location)
        : reporter(element), frames(storage, reporter, location, std::chrono::steady_clock::now),
          movie(storage, reporter, location),
          utcCaps(lm::Ref<GstCaps>::adopt(gst_caps_new_empty_simple(lm::names::utcCaps))) {}

    lm::files::PosixStorage storage;
    Reporter reporter;
    FrameRecorder frames;
    MovieWriter movie;
    bool muxed = false; // bytes of a muxer, not frames
    std::optional<std::uint64_t> firstPts;
    lm::files::BufferPieces pieces;
    lm::Ref<GstCaps> utcCaps;
};

struct State {
    lm::Guarded<std::string> location;
    lm::Guarded<Stats> stats; // what the property shows
    /// Under the stream lock of the pad, and in state changes that no stream runs beside.
    std::unique_ptr<Session> session;
};

GstStaticPadTemplate sinkTemplate = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS("video/x-h264, stream-format = (string) byte-stream, alignment = (string) au; "
                    "video/x-vp8; video/x-vp9; video/x-matroska"));

} // namespace

struct _GstVideoFileSink {
    GstBaseSink parent;
    State* state;
};

G_DEFINE_TYPE(GstVideoFileSink, gst_video_file_sink, GST_TYPE_BASE_SINK)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE(videofilesink, n::factory, GST_RANK_NONE, GST_TYPE_VIDEO_FILE_SINK,
                                      GST_DEBUG_CATEGORY_INIT(videofilesink_debug, n::factory, 0,
                                                              "recording of encoded video"))

namespace {

State& stateOf(gpointer object) {
    return *GST_VIDEO_FILE_SINK(object)->state;
}

void publish(State& state) {
    Stats stats = state.session->frames.stats();
    stats.recordedBytes += state.session->movie.bytes();
    stats.paused = stats.paused || state.session->movie.failed();
    *state.stats.lock() = stats;
}

bool check(GstElement* element) {
    if (!stateOf(element).location.copy().empty()) return true;
    GST_ELEMENT_ERROR(element, RESOURCE, SETTINGS, ("videofilesink: set the property location"), (nullptr));
    return false;
}

bool start(GstElement* element) {
    if (!check(element)) return false;
    State& state = stateOf(element);
    state.session = std::make_unique<Session>(element, state.location.copy());
    publish(state);
    return true;
}

void stop(GstElement* element) {
    State& state = stateOf(element);
    if (!state.session) return;
    state.session->frames.finish();
    state.session->movie.finish();
    publish(state);
    state.session.reset();
}

gboolean setCaps(GstBaseSink* sink, GstCaps* caps) {
    return lm::fence("videofilesink set_caps", FALSE, [&]() -> gboolean {
        Session* session = stateOf(sink).session.get();
        if (!session) return FALSE;
        const GstStructure* structure = gst_caps_get_structure(caps, 0);
        const std::string_view name = gst_structure_get_name(structure);
        session->muxed = name == "video/x-matroska";
        gint width = 0;
        gint height = 0;
        gst_structure_get(structure, "width", G_TYPE_INT, &width, "height", G_TYPE_INT, &height, nullptr);
        const auto codec = name == "video/x-h264"  ? lm::video::Codec::H264
                           : name == "video/x-vp8" ? lm::video::Codec::Vp8
                                                   : lm::video::Codec::Vp9;
        session->frames.setStream(codec,
                                  {static_cast<std::uint32_t>(width), static_cast<std::uint32_t>(height)});
        return TRUE;
    });
}

/// Milliseconds from the first frame. Offsets are no help: what they count is every element's own.
std::uint64_t positionOf(Session& session, GstBuffer* buffer) {
    const GstClockTime pts = GST_BUFFER_DTS_OR_PTS(buffer);
    if (!GST_CLOCK_TIME_IS_VALID(pts)) return 0;
    if (!session.firstPts) session.firstPts = pts;
    return (pts - std::min<std::uint64_t>(pts, *session.firstPts)) / GST_MSECOND;
}

GstFlowReturn render(GstBaseSink* sink, GstBuffer* buffer) {
    return lm::fence("videofilesink render", GST_FLOW_ERROR, [&] {
        State& state = stateOf(sink);
        Session& session = *state.session;
        if (session.muxed) {
            if (!session.pieces.map(buffer)) return GST_FLOW_ERROR;
            session.movie.write(session.pieces.pieces());
            session.pieces.unmap();
        } else {
            const lm::MappedBuffer mapped(buffer, GST_MAP_READ);
            if (!mapped) return GST_FLOW_ERROR;
            if (const auto* utc = gst_buffer_get_reference_timestamp_meta(buffer, session.utcCaps.get()))
                session.frames.anchor(static_cast<std::int64_t>(utc->timestamp));
            session.frames.write({{mapped.data(), mapped.size()},
                                  positionOf(session, buffer),
                                  !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT)});
        }
        publish(state);
        return GST_FLOW_OK;
    });
}

void handleEvent(State& state, GstEvent* event) {
    if (!state.session) return;
    if (GST_EVENT_TYPE(event) == GST_EVENT_EOS) {
        state.session->frames.finish();
        state.session->movie.finish();
    } else if (GST_EVENT_TYPE(event) == GST_EVENT_SEGMENT) {
        const GstSegment* segment = nullptr;
        gst_event_parse_segment(event, &segment);
        if (segment->format != GST_FORMAT_BYTES) return;
        state.session->movie.seek(segment->start);
    } else {
        return;
    }
    publish(state);
}

gboolean sinkEvent(GstBaseSink* sink, GstEvent* event) {
    lm::fence("videofilesink event", [&] { handleEvent(stateOf(sink), event); });
    return GST_BASE_SINK_CLASS(gst_video_file_sink_parent_class)->event(sink, event);
}

/// A muxer that may not go back writes a file without duration and index.
gboolean sinkQuery(GstBaseSink* sink, GstQuery* query) {
    if (GST_QUERY_TYPE(query) == GST_QUERY_SEEKING) {
        GstFormat format = GST_FORMAT_UNDEFINED;
        gst_query_parse_seeking(query, &format, nullptr, nullptr, nullptr);
        if (format == GST_FORMAT_BYTES || format == GST_FORMAT_DEFAULT) {
            gst_query_set_seeking(query, GST_FORMAT_BYTES, TRUE, 0, -1);
            return TRUE;
        }
    }
    return GST_BASE_SINK_CLASS(gst_video_file_sink_parent_class)->query(sink, query);
}

/// Not the `start` of the base class: it posts an error of its own when that fails.
GstStateChangeReturn changeState(GstElement* element, GstStateChange transition) {
    const bool starts = transition == GST_STATE_CHANGE_READY_TO_PAUSED;
    if (transition == GST_STATE_CHANGE_NULL_TO_READY &&
        !lm::fence("videofilesink check", false, [&] { return check(element); }))
        return GST_STATE_CHANGE_FAILURE;
    if (starts && !lm::fence("videofilesink start", false, [&] { return start(element); }))
        return GST_STATE_CHANGE_FAILURE;
    const auto result =
        GST_ELEMENT_CLASS(gst_video_file_sink_parent_class)->change_state(element, transition);
    if (transition == GST_STATE_CHANGE_PAUSED_TO_READY || (starts && result == GST_STATE_CHANGE_FAILURE))
        lm::fence("videofilesink stop", [&] { stop(element); });
    return result;
}

void setProperty(GObject* object, guint id, const GValue* value, GParamSpec* spec) {
    lm::fence("videofilesink set_property", [&] {
        if (id != propLocation) {
            G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
            return;
        }
        const char* text = g_value_get_string(value);
        *stateOf(object).location.lock() = text ? text : "";
    });
}

GstStructure* structureOf(const Stats& stats) {
    return gst_structure_new("videofilesink-stats", "samples", G_TYPE_UINT64, guint64{stats.recordedSamples},
                             "bytes", G_TYPE_UINT64, guint64{stats.recordedBytes}, "skipped", G_TYPE_UINT64,
                             guint64{stats.skippedSamples}, "skipped-frames", G_TYPE_UINT64,
                             guint64{stats.skippedFrames}, "parts", G_TYPE_UINT, stats.parts,
                             "header-failures", G_TYPE_UINT64, guint64{stats.headerFailures}, "paused",
                             G_TYPE_BOOLEAN, static_cast<gboolean>(stats.paused), nullptr);
}

void getProperty(GObject* object, guint id, GValue* value, GParamSpec* spec) {
    lm::fence("videofilesink get_property", [&] {
        State& state = stateOf(object);
        if (id == propLocation)
            g_value_set_string(value, state.location.copy().c_str());
        else if (id == propStats)
            g_value_take_boxed(value, structureOf(state.stats.copy()));
        else
            G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    });
}

void finalize(GObject* object) {
    lm::fence("videofilesink finalize", [&] { delete GST_VIDEO_FILE_SINK(object)->state; });
    G_OBJECT_CLASS(gst_video_file_sink_parent_class)->finalize(object);
}

void installProperties(GObjectClass* object) {
    std::array<GParamSpec*, propCount> specs{};
    specs[propLocation] = g_param_spec_string(
        n::location, "Location",
        "File of the recording, made with the first data and never one that exists: a name that is taken "
        "gets "
        "a number",
        nullptr,
        static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY));
    specs[propStats] = g_param_spec_boxed(
        n::stats, "Statistics",
        "Since the element was started: samples (ms), bytes recorded, skipped (ms in no file), "
        "skipped-frames "
        "(uint64), parts (uint), header-failures (uint64), paused (boolean)",
        GST_TYPE_STRUCTURE, static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
    g_object_class_install_properties(object, propCount, specs.data());
}

} // namespace

static void gst_video_file_sink_class_init(GstVideoFileSinkClass* klass) {
    auto* object = G_OBJECT_CLASS(klass);
    object->set_property = setProperty;
    object->get_property = getProperty;
    object->finalize = finalize;
    installProperties(object);

    auto* element = GST_ELEMENT_CLASS(klass);
    element->change_state = changeState;
    gst_element_class_add_static_pad_template(element, &sinkTemplate);
    gst_element_class_set_static_metadata(
        element, "Video file sink", "Sink/File/Video",
        "Records encoded video into files that are true at every instant; a "
        "full disk pauses the recording, never the stream",
        "live-meeting");

    auto* base = GST_BASE_SINK_CLASS(klass);
    base->set_caps = setCaps;
    base->render = render;
    base->event = sinkEvent;
    base->query = sinkQuery;
}

static void gst_video_file_sink_init(GstVideoFileSink* self) {
    self->state = new State;
    auto* base = GST_BASE_SINK(self);
    gst_base_sink_set_sync(base, FALSE);                // written when it comes
    gst_base_sink_set_async_enabled(base, FALSE);       // a live pipeline does not wait for the first buffer
    gst_base_sink_set_last_sample_enabled(base, FALSE); // would keep a buffer per track
}
