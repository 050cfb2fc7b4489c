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
 * #GstWsAudioSrc:gap-threshold of audio is missing, silence of up to #GstWsAudioSrc:max-fill is put in its
 * place, so that positions stay times; beyond that the time is skipped and the next buffer is DISCONT. Audio
 * that was only late is not missing. Bytes are never lost at message boundaries: a sample split across
 * messages is joined.
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
#include "plugins/common/names.hpp"
#include "plugins/wsaudiosrc/ingeststats.hpp"
#include "plugins/wsaudiosrc/sourcecontrol.hpp"

GST_DEBUG_CATEGORY(gst_ws_audio_src_debug);
#define GST_CAT_DEFAULT gst_ws_audio_src_debug

namespace {

namespace names = lm::names::wsaudiosrc;
using lm::wsaudiosrc::ingestStats;
using lm::wsaudiosrc::Settings;
using lm::wsaudiosrc::SourceControl;

constexpr guint maxContextWait = 1000;
constexpr guint minMessageSize = 1024;
constexpr guint maxMessageSize = 64 << 20;
constexpr guint maxMaxFill = 600'000; // 115 MB of LiveKit's format

/// Behind the GObject: settings are what properties write, control is what runs.
struct State {
    State(GstElement* element, GstPad* pad) : control(element, pad) {}
    lm::Guarded<Settings> settings;
    SourceControl control;
};

enum Property {
    PROP_0,
    PROP_ADDRESS,
    PROP_PORT,
    PROP_PATH,
    PROP_CONTEXT_WAIT,
    PROP_CONNECTION,
    PROP_RATE,
    PROP_CHANNELS,
    PROP_MAX_MESSAGE_SIZE,
    PROP_GAP_THRESHOLD,
    PROP_MAX_FILL,
    PROP_MUTED_AUDIO,
    PROP_CORRECT_FORMAT,
    PROP_STATS,
    PROP_INGEST_STATS,
};

GstStaticPadTemplate srcTemplate =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS,
                            GST_STATIC_CAPS("audio/x-raw, format=S16LE, layout=interleaved, "
                                            "rate=[1000, 384000], channels=[1, 64]"));

GType muted_audio_type() {
    static const GType type = [] {
        static const GEnumValue values[] = {
            {0, "Silence flows on, the recording stays as long as the meeting", names::mutedKeep},
            {1, "Audio is left out until the peer says that it is not muted", names::mutedDrop},
            {0, nullptr, nullptr}};
        return g_enum_register_static("GstWsAudioSrcMutedAudio", values);
    }();
    return type;
}

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
        const auto text = [&] {
            const char* s = g_value_get_string(value);
            return std::string(s ? s : "");
        };
        switch (id) {
        case PROP_ADDRESS:
            settings->address = text();
            break;
        case PROP_PORT:
            settings->port = static_cast<std::uint16_t>(g_value_get_uint(value));
            break;
        case PROP_PATH:
            settings->path = text();
            break;
        case PROP_CONTEXT_WAIT:
            settings->contextWait = std::chrono::milliseconds(g_value_get_uint(value));
            break;
        case PROP_CONNECTION:
            settings->connection =
                lm::Ref<GIOStream>::adopt(static_cast<GIOStream*>(g_value_dup_object(value)));
            break;
        case PROP_RATE:
            settings->format.rate = g_value_get_uint(value);
            break;
        case PROP_CHANNELS:
            settings->format.channels = g_value_get_uint(value);
            break;
        case PROP_MAX_MESSAGE_SIZE:
            settings->maxMessageBytes = g_value_get_uint(value);
            break;
        case PROP_GAP_THRESHOLD:
            settings->gapThreshold = std::chrono::milliseconds(g_value_get_uint(value));
            break;
        case PROP_MAX_FILL:
            settings->maxFill = std::chrono::milliseconds(g_value_get_uint(value));
            break;
        case PROP_MUTED_AUDIO:
            settings->dropMuted = g_value_get_enum(value) != 0;
            break;
        case PROP_CORRECT_FORMAT:
            settings->correctFormat = g_value_get_boolean(value) != FALSE;
            break;
        default:
            G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
        }
    });
}

static void gst_ws_audio_src_get_property(GObject* object, guint id, GValue* value, GParamSpec* pspec) {
    lm::fence("wsaudiosrc property", [&] {
        GstWsAudioSrc* self = GST_WS_AUDIO_SRC(object);
        if (id == PROP_STATS)
            return g_value_take_boxed(value, lm::wsaudiosrc::makeStats(self->state->control.stats().value_or(
                                                 lm::wsaudiosrc::PushStats())));
        if (id == PROP_INGEST_STATS)
            return g_value_take_boxed(value, ingestStats(self->state->control.lateness()));
        const auto bound = self->state->control.boundPort();
        auto settings = self->state->settings.lock();
        switch (id) {
        case PROP_ADDRESS:
            g_value_set_string(value, settings->address.c_str());
            break;
        case PROP_PORT:
            g_value_set_uint(value, bound ? bound : settings->port);
            break;
        case PROP_PATH:
            g_value_set_string(value, settings->path.c_str());
            break;
        case PROP_CONTEXT_WAIT:
            g_value_set_uint(value, static_cast<guint>(settings->contextWait.count()));
            break;
        case PROP_RATE:
            g_value_set_uint(value, settings->format.rate);
            break;
        case PROP_CHANNELS:
            g_value_set_uint(value, settings->format.channels);
            break;
        case PROP_MAX_MESSAGE_SIZE:
            g_value_set_uint(value, static_cast<guint>(settings->maxMessageBytes));
            break;
        case PROP_GAP_THRESHOLD:
            g_value_set_uint(value, static_cast<guint>(settings->gapThreshold.count()));
            break;
        case PROP_MAX_FILL:
            g_value_set_uint(value, static_cast<guint>(settings->maxFill.count()));
            break;
        case PROP_MUTED_AUDIO:
            g_value_set_enum(value, settings->dropMuted);
            break;
        case PROP_CORRECT_FORMAT:
            g_value_set_boolean(value, settings->correctFormat);
            break;
        default:
            G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
        }
    });
}

/// One element error for whatever keeps the source from running.
static GstStateChangeReturn fail(GstWsAudioSrc* self, const lm::Error& error) {
    GST_ELEMENT_ERROR(self, RESOURCE, OPEN_READ,
                      ("The source cannot receive audio: %s", error.message.c_str()),
                      ("%s", error.where.c_str()));
    return GST_STATE_CHANGE_FAILURE;
}

static GstStateChangeReturn start(GstWsAudioSrc* self) {
    const Settings settings = self->state->settings.copy();
    if (auto started = self->state->control.start(settings); !started) return fail(self, started.error());
    // A connection serves once; keeping it here would hold the socket open after the end.
    self->state->settings.lock()->connection.reset();
    return GST_STATE_CHANGE_SUCCESS;
}

// There is no base class for a source without a streaming thread, so the states are handled here.
static GstStateChangeReturn gst_ws_audio_src_change_state(GstElement* element, GstStateChange transition) {
    return lm::fence("wsaudiosrc state", GST_STATE_CHANGE_FAILURE, [&] {
        GstWsAudioSrc* self = GST_WS_AUDIO_SRC(element);
        SourceControl& control = self->state->control;
        if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && start(self) == GST_STATE_CHANGE_FAILURE)
            return GST_STATE_CHANGE_FAILURE;
        if (transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED) control.pause();

        const auto result =
            GST_ELEMENT_CLASS(gst_ws_audio_src_parent_class)->change_state(element, transition);
        if (transition == GST_STATE_CHANGE_PAUSED_TO_READY || result == GST_STATE_CHANGE_FAILURE)
            control.stop();
        if (result == GST_STATE_CHANGE_FAILURE) return result;

        if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING)
            if (auto playing = control.play(); !playing) return fail(self, playing.error());
        const bool toPaused = transition == GST_STATE_CHANGE_READY_TO_PAUSED ||
                              transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED;
        return toPaused ? GST_STATE_CHANGE_NO_PREROLL : result;
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
    switch (GST_QUERY_TYPE(query)) {
    case GST_QUERY_LATENCY: {
        // A sample waits for the next visit at the most; we hold none back, so there is no upper bound to
        // state.
        const auto wait = GST_WS_AUDIO_SRC(parent)->state->settings.copy().contextWait;
        gst_query_set_latency(query, TRUE, static_cast<GstClockTime>(wait.count()) * GST_MSECOND,
                              GST_CLOCK_TIME_NONE);
        return TRUE;
    }
    case GST_QUERY_SCHEDULING:
        gst_query_set_scheduling(query, GST_SCHEDULING_FLAG_BANDWIDTH_LIMITED, 1, -1, 0);
        gst_query_add_scheduling_mode(query, GST_PAD_MODE_PUSH);
        return TRUE;
    default:
        return gst_pad_query_default(pad, parent, query);
    }
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

static void install_properties(GObjectClass* klass) {
    const auto ready =
        static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);
    const Settings defaults;
    const auto add = [&](guint id, GParamSpec* spec) { g_object_class_install_property(klass, id, spec); };
    add(PROP_ADDRESS,
        g_param_spec_string(names::address, "Address", "IP address to listen on without a connection",
                            defaults.address.c_str(), ready));
    add(PROP_PORT, g_param_spec_uint(names::port, "Port",
                                     "TCP port to listen on; 0 takes a free one, which is then read here", 0,
                                     65535, defaults.port, ready));
    add(PROP_PATH, g_param_spec_string(names::path, "Path", "The only request path that is upgraded",
                                       defaults.path.c_str(), ready));
    add(PROP_CONTEXT_WAIT,
        g_param_spec_uint(
            names::contextWait, "Context wait",
            "Milliseconds between two visits of the socket; sources with the same value share threads", 1,
            maxContextWait, static_cast<guint>(defaults.contextWait.count()), ready));
    add(PROP_CONNECTION,
        g_param_spec_object(
            names::connection, "Connection",
            "An upgraded WebSocket connection to take over instead of listening", G_TYPE_IO_STREAM,
            static_cast<GParamFlags>(G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY)));
    add(PROP_RATE,
        g_param_spec_uint(names::rate, "Rate", "Sample rate in Hz unless the query has sampleRate",
                          lm::wsaudiosrc::minRate, lm::wsaudiosrc::maxRate, defaults.format.rate, ready));
    add(PROP_CHANNELS,
        g_param_spec_uint(names::channels, "Channels", "Channels unless the query has channels", 1,
                          lm::wsaudiosrc::maxChannels, defaults.format.channels, ready));
    add(PROP_MAX_MESSAGE_SIZE,
        g_param_spec_uint(names::maxMessageSize, "Maximum message size",
                          "Bytes of the largest message taken; a larger one ends the connection with 1009",
                          minMessageSize, maxMessageSize, static_cast<guint>(defaults.maxMessageBytes),
                          ready));
    add(PROP_GAP_THRESHOLD,
        g_param_spec_uint(
            names::gapThreshold, "Gap threshold",
            "Milliseconds without data that are a stall, and of missing audio at once that are a gap", 1,
            G_MAXUINT / 2, static_cast<guint>(defaults.gapThreshold.count()), ready));
    add(PROP_MAX_FILL,
        g_param_spec_uint(names::maxFill, "Maximum fill",
                          "Milliseconds of silence that are put into a gap at the most; beyond it time is "
                          "skipped and the next buffer is DISCONT",
                          0, maxMaxFill, static_cast<guint>(defaults.maxFill.count()), ready));
    add(PROP_MUTED_AUDIO,
        g_param_spec_enum(names::mutedAudio, "Muted audio",
                          "What becomes of audio that comes while the peer says it is muted",
                          muted_audio_type(), 0, ready));
    add(PROP_CORRECT_FORMAT,
        g_param_spec_boolean(names::correctFormat, "Correct format",
                             "Go over to two channels when one is declared and two arrive; downstream must "
                             "understand the event wsaudiosrc-format and take other caps",
                             defaults.correctFormat, ready));
    add(PROP_STATS,
        g_param_spec_boxed(
            names::stats, "Statistics",
            "Counters, format and time of the track, as wsaudiosrc-closed has them, and of its socket",
            GST_TYPE_STRUCTURE, static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS)));
    add(PROP_INGEST_STATS,
        g_param_spec_boxed(
            names::ingestStats, "Ingest threads",
            "How late the threads that all sources share are: recent-ns, worst-ns; of every round of the "
            "process sum-ns, bounds-ns, counts",
            GST_TYPE_STRUCTURE, static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS)));
}

static void gst_ws_audio_src_class_init(GstWsAudioSrcClass* klass) {
    auto* object_class = G_OBJECT_CLASS(klass);
    auto* element_class = GST_ELEMENT_CLASS(klass);
    object_class->set_property = gst_ws_audio_src_set_property;
    object_class->get_property = gst_ws_audio_src_get_property;
    object_class->finalize = gst_ws_audio_src_finalize;
    element_class->change_state = gst_ws_audio_src_change_state;
    element_class->send_event = gst_ws_audio_src_send_event;
    install_properties(object_class);
    gst_element_class_add_static_pad_template(element_class, &srcTemplate);
    gst_element_class_set_static_metadata(element_class, "WebSocket audio source", "Source/Network/Audio",
                                          "Receives a track of S16LE PCM over a WebSocket, as LiveKit's "
                                          "Track Egress sends it; live, pushed from shared "
                                          "ingest threads, EOS when the WebSocket closes",
                                          "live-meeting");
}
