/**
 * SECTION:element-imentivsink
 * @title: imentivsink
 * @short_description: delivers audio blocks to an analysis service by HTTP POST
 *
 * Every buffer is one block and becomes one POST to `endpoint`. Blocks of one sink arrive in order, one
 * request at a time; all sinks of the process share one thread, one set of connections and one limit on
 * requests
 * (`max-in-flight`).
 *
 * The streaming thread never waits for the network: a buffer is queued by reference. The EOS *event* does not
 * block either, but the EOS *message* is posted only when the last block was delivered or reported as failed,
 * after `drain-timeout-ms` at the latest. A flush, or leaving PAUSED, cancels what is undelivered and reports
 * it.
 *
 * Loss: an attempt that may succeed later is repeated, up to `max-attempts`. A block that is out of attempts,
 * or finds the queue full, is lost for the analysis service: it is counted, logged once per run of losses and
 * posted as `imentivsink-failed` or `imentivsink-dropped`. The pipeline goes on in any case.
 *
 * Messages: `imentivsink-delivered`, `imentivsink-retrying`, `imentivsink-failed`, `imentivsink-dropped`; see
 * README.md.
 *
 * |[
 * gst-launch-1.0 audiotestsrc num-buffers=100 ! audio/x-raw,format=S16LE,rate=48000,channels=2 !
 * blockaggregator \ ! imentivsink endpoint=http://127.0.0.1:9100/ingest meeting-id=RM_1 participant=ann
 * track-id=TR_1
 * ]|
 */
#include "plugins/imentivsink/gstimentivsink.h"

#include "plugins/common/cboundary.hpp"
#include "plugins/common/names.hpp"
#include "plugins/imentivsink/log.hpp"
#include "plugins/imentivsink/properties.hpp"
#include "plugins/imentivsink/sinksession.hpp"

#include <gst/audio/audio.h>

#include <memory>

GST_DEBUG_CATEGORY(imentivsink_debug);

using namespace lm::imentivsink;

namespace {

struct State {
    lm::Guarded<Settings> settings;
    /// From start until the next start, so that the numbers can be read after a stop.
    lm::Guarded<std::shared_ptr<SinkSession>> session;
};

GstStaticPadTemplate sinkTemplate = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS("audio/x-raw, format = (string) S16LE, layout = (string) interleaved, "
                    "rate = (int) [ 1, MAX ], channels = (int) [ 1, MAX ]"));

} // namespace

struct _GstImentivSink {
    GstBaseSink parent;
    State* state;
};

G_DEFINE_TYPE(GstImentivSink, gst_imentiv_sink, GST_TYPE_BASE_SINK)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE(imentivsink, lm::names::imentivsink::factory, GST_RANK_NONE,
                                      GST_TYPE_IMENTIV_SINK,
                                      GST_DEBUG_CATEGORY_INIT(imentivsink_debug, "imentivsink", 0,
                                                              "delivery to the analysis service"))

namespace {

State& stateOf(gpointer object) {
    return *GST_IMENTIV_SINK(object)->state;
}

bool start(GstElement* element) {
    State& state = stateOf(element);
    const Settings settings = state.settings.copy();
    const auto refuse = [&](const lm::Error& error) {
        GST_ELEMENT_ERROR(element, RESOURCE, SETTINGS, ("imentivsink: %s", error.message.c_str()),
                          ("property %s", error.where.c_str()));
        return false;
    };
    auto target = makeTarget(settings);
    if (!target) return refuse(target.error());
    std::shared_ptr<Spool> spool;
    if (target->spools) {
        auto opened = Spool::open(settings.spoolDirectory);
        if (!opened) return refuse(opened.error());
        spool = std::move(*opened);
    }
    auto session = std::make_shared<SinkSession>(element, settings, std::move(*target), std::move(spool));
    std::swap(*state.session.lock(), session);
    return true;
}

/// From any state, any number of times.
void stop(GstElement* element, bool forGood) {
    const auto session = stateOf(element).session.copy();
    if (!session) return;
    session->interrupt();
    session->settle();
    session->rearm();
    if (forGood) session->close();
}

gboolean setCaps(GstBaseSink* sink, GstCaps* caps) {
    return lm::fence("imentivsink set_caps", FALSE, [&]() -> gboolean {
        GstAudioInfo info;
        const auto session = stateOf(sink).session.copy();
        if (!session || !gst_audio_info_from_caps(&info, caps)) return FALSE;
        session->setFormat({static_cast<std::uint32_t>(GST_AUDIO_INFO_RATE(&info)),
                            static_cast<std::uint32_t>(GST_AUDIO_INFO_CHANNELS(&info))});
        return TRUE;
    });
}

GstFlowReturn render(GstBaseSink* sink, GstBuffer* buffer) {
    return lm::fence("imentivsink render", GST_FLOW_ERROR, [&] {
        const auto session = stateOf(sink).session.copy();
        return session ? session->render(buffer) : GST_FLOW_FLUSHING;
    });
}

/// True when the event is dealt with and must not reach the base class.
bool handleEvent(SinkSession& session, GstEvent* event) {
    switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_EOS:
        return session.drain(gst_event_get_seqnum(event));
    case GST_EVENT_FLUSH_START:
        session.interrupt();
        return false;
    case GST_EVENT_FLUSH_STOP:
        session.rearm();
        return false;
    default:
        return false;
    }
}

gboolean sinkEvent(GstBaseSink* sink, GstEvent* event) {
    const bool done = lm::fence("imentivsink event", false, [&] {
        const auto session = stateOf(sink).session.copy();
        return session && handleEvent(*session, event);
    });
    if (!done) return GST_BASE_SINK_CLASS(gst_imentiv_sink_parent_class)->event(sink, event);
    gst_event_unref(event);
    return TRUE;
}

/// Not the `start` and `unlock` of the base class: it posts an error of its own when `start` fails, where one
/// that says what to do is enough, and it calls `unlock` also on the way from PLAYING to PAUSED, where
/// nothing may be lost.
GstStateChangeReturn changeState(GstElement* element, GstStateChange transition) {
    const bool starts = transition == GST_STATE_CHANGE_NULL_TO_READY;
    if (starts && !lm::fence("imentivsink start", false, [&] { return start(element); }))
        return GST_STATE_CHANGE_FAILURE;
    const auto result = GST_ELEMENT_CLASS(gst_imentiv_sink_parent_class)->change_state(element, transition);
    if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING && result != GST_STATE_CHANGE_FAILURE)
        lm::fence("imentivsink play", [&] {
            if (const auto session = stateOf(element).session.copy()) session->repeatEos();
        });
    const bool ends = transition == GST_STATE_CHANGE_READY_TO_NULL;
    if (ends || transition == GST_STATE_CHANGE_PAUSED_TO_READY ||
        (starts && result == GST_STATE_CHANGE_FAILURE))
        lm::fence("imentivsink stop", [&] { stop(element, ends || starts); });
    return result;
}

void setProperty(GObject* object, guint id, const GValue* value, GParamSpec* spec) {
    lm::fence("imentivsink set_property", [&] {
        if (!writeProperty(*stateOf(object).settings.lock(), id, value))
            G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    });
}

void getProperty(GObject* object, guint id, GValue* value, GParamSpec* spec) {
    lm::fence("imentivsink get_property", [&] {
        State& state = stateOf(object);
        if (static_cast<Property>(id) == Property::Stats) {
            const auto session = state.session.copy();
            if (session) g_value_take_boxed(value, session->stats().release());
        } else if (!readProperty(state.settings.copy(), id, value)) {
            G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
        }
    });
}

void finalize(GObject* object) {
    lm::fence("imentivsink finalize", [&] { delete GST_IMENTIV_SINK(object)->state; });
    G_OBJECT_CLASS(gst_imentiv_sink_parent_class)->finalize(object);
}

} // namespace

static void gst_imentiv_sink_class_init(GstImentivSinkClass* klass) {
    auto* object = G_OBJECT_CLASS(klass);
    object->set_property = setProperty;
    object->get_property = getProperty;
    object->finalize = finalize;
    installProperties(object);

    auto* element = GST_ELEMENT_CLASS(klass);
    element->change_state = changeState;
    gst_element_class_add_static_pad_template(element, &sinkTemplate);
    gst_element_class_set_static_metadata(
        element, "Analysis service sink", "Sink/Network/Audio",
        "Delivers each audio buffer as one block to an analysis service by HTTP POST: in order, repeated "
        "when it may "
        "help, never blocking the stream; the EOS message waits for the last block",
        "live-meeting");

    auto* base = GST_BASE_SINK_CLASS(klass);
    base->set_caps = setCaps;
    base->render = render;
    base->event = sinkEvent;
}

static void gst_imentiv_sink_init(GstImentivSink* self) {
    self->state = new State;
    auto* base = GST_BASE_SINK(self);
    gst_base_sink_set_sync(base, FALSE);                // blocks leave when they are complete
    gst_base_sink_set_async_enabled(base, FALSE);       // a live pipeline does not wait for the first block
    gst_base_sink_set_last_sample_enabled(base, FALSE); // would keep a whole block per track in memory
}
