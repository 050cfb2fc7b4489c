/**
 * SECTION:element-wsvideosrc
 * @title: wsvideosrc
 * @short_description: receives one track of encoded video over a WebSocket
 *
 * A live source for H.264, VP8 or VP9: a binary message is an access unit or a frame, a text message a JSON
 * event. H.264 may also come cut anywhere, or as AVCC; any of them as IVF. Alone it listens on
 * #GstWsVideoSrc:address, #GstWsVideoSrc:port and #GstWsVideoSrc:path; in a service it is given an upgraded
 * connection through #GstWsVideoSrc:connection. One element receives one track.
 *
 * The element has no streaming thread: it shares the ingest threads of `wsaudiosrc`. Buffers are frames, the
 * first one a key frame: what comes before it is dropped and counted. Timestamps are those of arrival,
 * each later than the one before; the first buffer carries the UTC time as GstReferenceTimestampMeta.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 -e wsvideosrc port=9002 codec=vp8 ! matroskamux ! filesink location=x.mkv
 * ]|
 * Records the next peer that connects and ends when it closes.
 */

#include "plugins/wsvideosrc/gstwsvideosrc.h"

#include "plugins/common/cboundary.hpp"
#include "plugins/common/mediasource/shell.hpp"
#include "plugins/common/names.hpp"
#include "plugins/wsvideosrc/properties.hpp"

GST_DEBUG_CATEGORY(gst_ws_video_src_debug);
#define GST_CAT_DEFAULT gst_ws_video_src_debug

namespace {

namespace names = lm::names::wsvideosrc;
using lm::wsvideosrc::readFigures;
using lm::wsvideosrc::readProperty;
using lm::wsvideosrc::Settings;
using lm::wsvideosrc::SourceControl;
using lm::wsvideosrc::writeProperty;

/// Behind the GObject: settings are what properties write, control is what runs.
struct State {
    State(GstElement* element, GstPad* pad) : control(element, pad) {}
    lm::Guarded<Settings> settings;
    SourceControl control;
};

GstStaticPadTemplate srcTemplate = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS("video/x-h264, stream-format=byte-stream, alignment=au; video/x-vp8; video/x-vp9"));

} // namespace

struct _GstWsVideoSrc {
    GstElement parent;
    GstPad* srcpad; // owned by the element
    State* state;
};

G_DEFINE_TYPE(GstWsVideoSrc, gst_ws_video_src, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE(wsvideosrc, names::factory, GST_RANK_NONE, GST_TYPE_WS_VIDEO_SRC,
                                      GST_DEBUG_CATEGORY_INIT(gst_ws_video_src_debug, names::factory, 0,
                                                              "encoded video over WebSocket"))

static void gst_ws_video_src_set_property(GObject* object, guint id, const GValue* value, GParamSpec* pspec) {
    lm::fence("wsvideosrc property", [&] {
        auto settings = GST_WS_VIDEO_SRC(object)->state->settings.lock();
        if (!writeProperty(*settings, id, value)) G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    });
}

static void gst_ws_video_src_get_property(GObject* object, guint id, GValue* value, GParamSpec* pspec) {
    lm::fence("wsvideosrc property", [&] {
        State& state = *GST_WS_VIDEO_SRC(object)->state;
        if (readFigures(state.control, id, value)) return;
        const auto bound = state.control.boundPort();
        auto settings = state.settings.lock();
        if (!readProperty(*settings, bound, id, value)) G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    });
}

static bool start(GstWsVideoSrc* self) {
    const Settings settings = self->state->settings.copy();
    if (auto started = self->state->control.start(settings); !started) {
        lm::mediasource::fail(GST_ELEMENT(self), started.error());
        return false;
    }
    // A connection serves once; keeping it here would hold the socket open after the end.
    self->state->settings.lock()->connection.reset();
    return true;
}

static GstStateChangeReturn gst_ws_video_src_change_state(GstElement* element, GstStateChange transition) {
    return lm::fence("wsvideosrc state", GST_STATE_CHANGE_FAILURE, [&] {
        GstWsVideoSrc* self = GST_WS_VIDEO_SRC(element);
        return lm::mediasource::changeState(element, GST_ELEMENT_CLASS(gst_ws_video_src_parent_class),
                                            transition, self->state->control, [self] { return start(self); });
    });
}

static gboolean gst_ws_video_src_send_event(GstElement* element, GstEvent* event) {
    if (GST_EVENT_TYPE(event) != GST_EVENT_EOS)
        return GST_ELEMENT_CLASS(gst_ws_video_src_parent_class)->send_event(element, event);
    gst_event_unref(event);
    return lm::fence("wsvideosrc event", FALSE, [&] {
        GST_WS_VIDEO_SRC(element)->state->control.finish();
        return TRUE;
    });
}

static gboolean gst_ws_video_src_query(GstPad* pad, GstObject* parent, GstQuery* query) {
    const auto wait = GST_WS_VIDEO_SRC(parent)->state->settings.copy().contextWait;
    return lm::mediasource::answer(query, wait) ? TRUE : gst_pad_query_default(pad, parent, query);
}

static void gst_ws_video_src_finalize(GObject* object) {
    delete GST_WS_VIDEO_SRC(object)->state;
    G_OBJECT_CLASS(gst_ws_video_src_parent_class)->finalize(object);
}

static void gst_ws_video_src_init(GstWsVideoSrc* self) {
    self->srcpad = gst_pad_new_from_static_template(&srcTemplate, "src");
    gst_pad_set_query_function(self->srcpad, gst_ws_video_src_query);
    gst_pad_use_fixed_caps(self->srcpad);
    gst_element_add_pad(GST_ELEMENT(self), self->srcpad);
    // Tells bins that this element is where EOS has to be sent, and that it provides live data.
    GST_OBJECT_FLAG_SET(self, GST_ELEMENT_FLAG_SOURCE);
    self->state = new State(GST_ELEMENT(self), self->srcpad);
}

static void gst_ws_video_src_class_init(GstWsVideoSrcClass* klass) {
    auto* object_class = G_OBJECT_CLASS(klass);
    auto* element_class = GST_ELEMENT_CLASS(klass);
    object_class->set_property = gst_ws_video_src_set_property;
    object_class->get_property = gst_ws_video_src_get_property;
    object_class->finalize = gst_ws_video_src_finalize;
    element_class->change_state = gst_ws_video_src_change_state;
    element_class->send_event = gst_ws_video_src_send_event;
    lm::wsvideosrc::installProperties(object_class);
    gst_element_class_add_static_pad_template(element_class, &srcTemplate);
    gst_element_class_set_static_metadata(element_class, "WebSocket video source", "Source/Network/Video",
                                          "Receives a track of H.264, VP8 or VP9 over a WebSocket; live, "
                                          "pushed from shared ingest threads, begins with a key frame, EOS "
                                          "when the WebSocket closes",
                                          "live-meeting");
}
