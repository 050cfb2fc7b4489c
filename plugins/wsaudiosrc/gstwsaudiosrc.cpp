/**
 * SECTION:element-wsaudiosrc
 * @title: wsaudiosrc
 * @short_description: receives one track of PCM audio over a WebSocket
 *
 * A live source for the audio that LiveKit's Track Egress sends: binary messages of interleaved S16LE, text
 * messages with JSON events. Alone it listens on #GstWsAudioSrc:address, #GstWsAudioSrc:port and
 * #GstWsAudioSrc:path and takes the first WebSocket that asks for that path; in a service it is given an
 * upgraded connection through #GstWsAudioSrc:connection. One element receives one track.
 *
 * The element has no streaming thread. All sources of a process share a few ingest threads, which visit every
 * socket once per #GstWsAudioSrc:context-wait and push what has arrived as one buffer. Elements downstream
 * run on that thread: put a `queue` behind the source if one of them may block.
 *
 * Timestamps come from counting samples. The clock is read at the first sample and after a gap, and the first
 * buffer after each carries the UTC time as GstReferenceTimestampMeta (`timestamp/x-unix`). When more than
 * #GstWsAudioSrc:gap-threshold of audio is missing, silence of up to #GstWsAudioSrc:max-fill (and 16 MiB) is
 * put in its place, so that positions stay times; beyond that the time is skipped and the next buffer is
 * DISCONT. Audio that was only late is not missing. Bytes are never lost at message boundaries: a sample
 * split across messages is joined.
 *
 * When the WebSocket ends, in whatever way, everything received before is pushed, a `wsaudiosrc-closed`
 * message tells how it ended, and EOS follows.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 -e wsaudiosrc port=9001 path=/egress-audio ! wavenc ! filesink location=x.wav
 * ]|
 * Records the next egress that connects and ends when it closes.
 */

#include "plugins/wsaudiosrc/gstwsaudiosrc.h"

#include "plugins/common/cboundary.hpp"
#include "plugins/common/mediasource/shell.hpp"
#include "plugins/common/names.hpp"
#include "plugins/wsaudiosrc/properties.hpp"

GST_DEBUG_CATEGORY(gst_ws_audio_src_debug);
#define GST_CAT_DEFAULT gst_ws_audio_src_debug

namespace {

namespace names = lm::names::wsaudiosrc;
using lm::wsaudiosrc::readFigures;
using lm::wsaudiosrc::readProperty;
using lm::wsaudiosrc::Settings;
using lm::wsaudiosrc::SourceControl;
using lm::wsaudiosrc::writeProperty;

/// Behind the GObject: settings are what properties write, control is what runs.
struct State {
    State(GstElement* element, GstPad* pad) : control(element, pad) {}
    lm::Guarded<Settings> settings;
    SourceControl control;
};

GstStaticPadTemplate srcTemplate =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS,
                            GST_STATIC_CAPS("audio/x-raw, format=S16LE, layout=interleaved, "
                                            "rate=[1000, 384000], channels=[1, 64]"));

} // namespace

struct _GstWsAudioSrc {
    GstElement parent;
    GstPad* srcpad; // owned by the element
    State* state;
};

G_DEFINE_TYPE(GstWsAudioSrc, gst_ws_audio_src, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE(wsaudiosrc, names::factory, GST_RANK_NONE, GST_TYPE_WS_AUDIO_SRC,
                                      GST_DEBUG_CATEGORY_INIT(gst_ws_audio_src_debug, names::factory, 0,
                                                              "PCM audio over WebSocket"))

static void gst_ws_audio_src_set_property(GObject* object, guint id, const GValue* value, GParamSpec* pspec) {
    lm::fence("wsaudiosrc property", [&] {
        auto settings = GST_WS_AUDIO_SRC(object)->state->settings.lock();
        if (!writeProperty(*settings, id, value)) G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    });
}

static void gst_ws_audio_src_get_property(GObject* object, guint id, GValue* value, GParamSpec* pspec) {
    lm::fence("wsaudiosrc property", [&] {
        State& state = *GST_WS_AUDIO_SRC(object)->state;
        if (readFigures(state.control, id, value)) return;
        const auto bound = state.control.boundPort();
        auto settings = state.settings.lock();
        if (!readProperty(*settings, bound, id, value)) G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    });
}

static bool start(GstWsAudioSrc* self) {
    const Settings settings = self->state->settings.copy();
    if (auto started = self->state->control.start(settings); !started) {
        lm::mediasource::fail(GST_ELEMENT(self), started.error());
        return false;
    }
    // A connection serves once; keeping it here would hold the socket open after the end.
    self->state->settings.lock()->connection.reset();
    return true;
}

static GstStateChangeReturn gst_ws_audio_src_change_state(GstElement* element, GstStateChange transition) {
    return lm::fence("wsaudiosrc state", GST_STATE_CHANGE_FAILURE, [&] {
        GstWsAudioSrc* self = GST_WS_AUDIO_SRC(element);
        return lm::mediasource::changeState(element, GST_ELEMENT_CLASS(gst_ws_audio_src_parent_class),
                                            transition, self->state->control, [self] { return start(self); });
    });
}

static gboolean gst_ws_audio_src_send_event(GstElement* element, GstEvent* event) {
    if (GST_EVENT_TYPE(event) != GST_EVENT_EOS)
        return GST_ELEMENT_CLASS(gst_ws_audio_src_parent_class)->send_event(element, event);
    gst_event_unref(event);
    return lm::fence("wsaudiosrc event", FALSE, [&] {
        GST_WS_AUDIO_SRC(element)->state->control.finish();
        return TRUE;
    });
}

static gboolean gst_ws_audio_src_query(GstPad* pad, GstObject* parent, GstQuery* query) {
    const auto wait = GST_WS_AUDIO_SRC(parent)->state->settings.copy().contextWait;
    return lm::mediasource::answer(query, wait) ? TRUE : gst_pad_query_default(pad, parent, query);
}

static void gst_ws_audio_src_finalize(GObject* object) {
    delete GST_WS_AUDIO_SRC(object)->state;
    G_OBJECT_CLASS(gst_ws_audio_src_parent_class)->finalize(object);
}

static void gst_ws_audio_src_init(GstWsAudioSrc* self) {
    self->srcpad = gst_pad_new_from_static_template(&srcTemplate, "src");
    gst_pad_set_query_function(self->srcpad, gst_ws_audio_src_query);
    gst_pad_use_fixed_caps(self->srcpad);
    gst_element_add_pad(GST_ELEMENT(self), self->srcpad);
    // Tells bins that this element is where EOS has to be sent, and that it provides live data.
    GST_OBJECT_FLAG_SET(self, GST_ELEMENT_FLAG_SOURCE);
    self->state = new State(GST_ELEMENT(self), self->srcpad);
}

static void gst_ws_audio_src_class_init(GstWsAudioSrcClass* klass) {
    auto* object_class = G_OBJECT_CLASS(klass);
    auto* element_class = GST_ELEMENT_CLASS(klass);
    object_class->set_property = gst_ws_audio_src_set_property;
    object_class->get_property = gst_ws_audio_src_get_property;
    object_class->finalize = gst_ws_audio_src_finalize;
    element_class->change_state = gst_ws_audio_src_change_state;
    element_class->send_event = gst_ws_audio_src_send_event;
    lm::wsaudiosrc::installProperties(object_class);
    gst_element_class_add_static_pad_template(element_class, &srcTemplate);
    gst_element_class_set_static_metadata(element_class, "WebSocket audio source", "Source/Network/Audio",
                                          "Receives a track of S16LE PCM over a WebSocket, as LiveKit's "
                                          "Track Egress sends it; live, pushed from shared "
                                          "ingest threads, EOS when the WebSocket closes",
                                          "live-meeting");
}
