/**
 * SECTION:element-wssink
 * @title: wssink
 * @short_description: sends every buffer as a binary message of a WebSocket
 *
 * Connects with the first buffer, as a client (RFC 6455), and sends each buffer as one message: what comes in
 * should be cut as the receiver wants it, audio in raw frames, video in access units. A receiver that does
 * not keep up holds the stream back. At EOS the connection is closed and the end waits until the receiver has
 * read everything.
 *
 * |[
 * gst-launch-1.0 -e audiotestsrc is-live=true ! audio/x-raw,format=S16LE,rate=48000,channels=2 !
 *     wssink location="ws://127.0.0.1:3001/egress-audio?roomName=demo&trackId=TR_tone&channels=2"
 * ]|
 */
#include "plugins/wssink/gstwssink.h"

#include "plugins/common/cboundary.hpp"
#include "plugins/common/guarded.hpp"
#include "plugins/common/handles.hpp"
#include "plugins/common/handover.hpp"
#include "plugins/common/names.hpp"
#include "plugins/common/websocket/client.hpp"

#include <array>

GST_DEBUG_CATEGORY(wssink_debug);
#define GST_CAT_DEFAULT wssink_debug

namespace n = lm::names::wssink;

namespace {

enum Property : guint { propLocation = 1, propTimeout, propStats, propCount };

constexpr guint defaultTimeout = 10;

struct Settings {
    std::string location;
    guint timeout = defaultTimeout; // s
};

struct Stats {
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
};

struct State {
    lm::Guarded<Settings> settings; // read when the element connects
    lm::Guarded<Stats> stats;
    lm::Ref<GCancellable> cancellable = lm::Ref<GCancellable>::adopt(g_cancellable_new());
    /// Under the stream lock of the pad, and in state changes that no stream runs beside.
    std::unique_ptr<lm::ws::Client> client;
    /// From the stop to the finalization, which is the business of whoever lets go last.
    lm::HandOver stopped;
};

GstStaticPadTemplate sinkTemplate =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

} // namespace

struct _GstWsSink {
    GstBaseSink parent;
    State* state;
};

G_DEFINE_TYPE(GstWsSink, gst_ws_sink, GST_TYPE_BASE_SINK)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE(wssink, lm::names::wssink::factory, GST_RANK_NONE, GST_TYPE_WS_SINK,
                                      GST_DEBUG_CATEGORY_INIT(wssink_debug, "wssink", 0,
                                                              "sending over a WebSocket"))

namespace {

State& stateOf(gpointer object) {
    return *GST_WS_SINK(object)->state;
}

bool isFlushing(const State& state) {
    return g_cancellable_is_cancelled(state.cancellable.get());
}

/// The location stays unsaid: its query may hold a token.
GstFlowReturn fail(GstBaseSink* sink, const char* what, const lm::Error& error) {
    if (isFlushing(stateOf(sink))) return GST_FLOW_FLUSHING;
    GST_ELEMENT_ERROR(sink, RESOURCE, WRITE, ("wssink: %s: %s", what, error.message.c_str()), (nullptr));
    return GST_FLOW_ERROR;
}

GstFlowReturn connect(GstBaseSink* sink) {
    State& state = stateOf(sink);
    const Settings settings = state.settings.copy();
    const auto target = lm::ws::parseTarget(settings.location);
    if (!target) {
        GST_ELEMENT_ERROR(sink, RESOURCE, SETTINGS,
                          ("wssink: location is %s", target.error().message.c_str()), (nullptr));
        return GST_FLOW_ERROR;
    }
    auto client =
        lm::ws::Client::open({*target, std::chrono::seconds(settings.timeout), state.cancellable.get()});
    if (!client) return fail(sink, ("no WebSocket to " + target->authority).c_str(), client.error());
    state.client = std::move(*client);
    GST_INFO_OBJECT(sink, "connected to %s", target->authority.c_str());
    return GST_FLOW_OK;
}

GstFlowReturn render(GstBaseSink* sink, GstBuffer* buffer) {
    return lm::fence("wssink render", GST_FLOW_ERROR, [&] {
        State& state = stateOf(sink);
        if (!state.client)
            if (const GstFlowReturn connected = connect(sink); connected != GST_FLOW_OK) return connected;
        GstMapInfo map;
        if (!gst_buffer_map(buffer, &map, GST_MAP_READ)) {
            GST_ELEMENT_ERROR(sink, RESOURCE, READ, ("wssink: a buffer cannot be read"), (nullptr));
            return GST_FLOW_ERROR;
        }
        const auto error = state.client->send({map.data, map.size});
        const std::size_t size = map.size;
        gst_buffer_unmap(buffer, &map);
        if (error) return fail(sink, "the stream was cut", *error);
        auto stats = state.stats.lock();
        ++stats->messages;
        stats->bytes += size;
        return GST_FLOW_OK;
    });
}

/// Before the end is posted: an application that sees it may leave at once.
void finish(GstBaseSink* sink) {
    State& state = stateOf(sink);
    if (!state.client) return;
    const auto error = state.client->close();
    state.client.reset();
    if (error && !isFlushing(state))
        GST_ELEMENT_WARNING(sink, RESOURCE, CLOSE,
                            ("wssink: %s; the end may be lost", error->message.c_str()), (nullptr));
}

gboolean sinkEvent(GstBaseSink* sink, GstEvent* event) {
    if (GST_EVENT_TYPE(event) == GST_EVENT_EOS) lm::fence("wssink end", [&] { finish(sink); });
    return GST_BASE_SINK_CLASS(gst_ws_sink_parent_class)->event(sink, event);
}

gboolean start(GstBaseSink* sink) {
    return lm::fence("wssink start", FALSE, [&]() -> gboolean {
        State& state = stateOf(sink);
        g_cancellable_reset(state.cancellable.get());
        *state.stats.lock() = {};
        if (!state.settings.copy().location.empty()) return TRUE;
        GST_ELEMENT_ERROR(sink, RESOURCE, SETTINGS, ("wssink: set the property location"), (nullptr));
        return FALSE;
    });
}

gboolean stop(GstBaseSink* sink) {
    lm::fence("wssink stop", [&] {
        stateOf(sink).client.reset();
        stateOf(sink).stopped.give();
    });
    return TRUE;
}

gboolean unlock(GstBaseSink* sink) {
    g_cancellable_cancel(stateOf(sink).cancellable.get());
    return TRUE;
}

gboolean unlockStop(GstBaseSink* sink) {
    g_cancellable_reset(stateOf(sink).cancellable.get());
    return TRUE;
}

void setProperty(GObject* object, guint id, const GValue* value, GParamSpec* spec) {
    lm::fence("wssink set_property", [&] {
        auto settings = stateOf(object).settings.lock();
        const char* text = nullptr;
        switch (id) {
        case propLocation:
            text = g_value_get_string(value);
            settings->location = text ? text : "";
            break;
        case propTimeout:
            settings->timeout = g_value_get_uint(value);
            break;
        default:
            G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
        }
    });
}

void getProperty(GObject* object, guint id, GValue* value, GParamSpec* spec) {
    lm::fence("wssink get_property", [&] {
        State& state = stateOf(object);
        switch (id) {
        case propTimeout:
            g_value_set_uint(value, state.settings.copy().timeout);
            break;
        case propStats: {
            const Stats stats = state.stats.copy();
            g_value_take_boxed(value,
                               gst_structure_new("wssink-stats", "messages", G_TYPE_UINT64, stats.messages,
                                                 "bytes", G_TYPE_UINT64, stats.bytes, nullptr));
            break;
        }
        default:
            G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
        }
    });
}

void finalize(GObject* object) {
    lm::fence("wssink finalize", [&] {
        GST_WS_SINK(object)->state->stopped.take();
        delete GST_WS_SINK(object)->state;
    });
    G_OBJECT_CLASS(gst_ws_sink_parent_class)->finalize(object);
}

void installProperties(GObjectClass* object) {
    std::array<GParamSpec*, propCount> specs{};
    specs[propLocation] = g_param_spec_string(
        n::location, "Location", "ws:// or wss:// URL to send to. Write-only: its query may hold a token",
        nullptr,
        static_cast<GParamFlags>(G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY));
    specs[propTimeout] = g_param_spec_uint(
        n::timeout, "Timeout",
        "Seconds without progress, of the connection or of a message, that end the stream", 1, 3600,
        defaultTimeout,
        static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY));
    specs[propStats] = g_param_spec_boxed(
        n::stats, "Statistics", "Since the element was started: messages, bytes (uint64) that were sent",
        GST_TYPE_STRUCTURE, static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
    g_object_class_install_properties(object, propCount, specs.data());
}

} // namespace

static void gst_ws_sink_class_init(GstWsSinkClass* klass) {
    auto* object = G_OBJECT_CLASS(klass);
    object->set_property = setProperty;
    object->get_property = getProperty;
    object->finalize = finalize;
    installProperties(object);

    auto* element = GST_ELEMENT_CLASS(klass);
    gst_element_class_add_static_pad_template(element, &sinkTemplate);
    gst_element_class_set_static_metadata(
        element, "WebSocket sink", "Sink/Network",
        "Sends every buffer as a binary message of a WebSocket, as a client", "live-meeting");

    auto* base = GST_BASE_SINK_CLASS(klass);
    base->start = start;
    base->stop = stop;
    base->unlock = unlock;
    base->unlock_stop = unlockStop;
    base->render = render;
    base->event = sinkEvent;
}

static void gst_ws_sink_init(GstWsSink* self) {
    self->state = new State;
    gst_base_sink_set_last_sample_enabled(GST_BASE_SINK(self), FALSE); // nobody looks at what was sent
}
