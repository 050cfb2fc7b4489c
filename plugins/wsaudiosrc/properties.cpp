#include "plugins/wsaudiosrc/properties.hpp"

#include "plugins/common/mediasource/ingeststats.hpp"
#include "plugins/common/names.hpp"

namespace lm::wsaudiosrc {
namespace {

namespace names = lm::names::wsaudiosrc;

constexpr guint maxContextWait = 1000;
constexpr guint minMessageSize = 1024;
constexpr guint maxMessageSize = 64 << 20;
constexpr guint maxMaxFill = 600'000;

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

GType mutedAudioType() {
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

bool writeProperty(Settings& settings, guint id, const GValue* value) {
    const auto text = [&] {
        const char* s = g_value_get_string(value);
        return std::string(s ? s : "");
    };
    switch (id) {
    case PROP_ADDRESS:
        settings.address = text();
        break;
    case PROP_PORT:
        settings.port = static_cast<std::uint16_t>(g_value_get_uint(value));
        break;
    case PROP_PATH:
        settings.path = text();
        break;
    case PROP_CONTEXT_WAIT:
        settings.contextWait = std::chrono::milliseconds(g_value_get_uint(value));
        break;
    case PROP_CONNECTION:
        settings.connection = lm::Ref<GIOStream>::adopt(static_cast<GIOStream*>(g_value_dup_object(value)));
        break;
    case PROP_RATE:
        settings.format.rate = g_value_get_uint(value);
        break;
    case PROP_CHANNELS:
        settings.format.channels = g_value_get_uint(value);
        break;
    case PROP_MAX_MESSAGE_SIZE:
        settings.maxMessageBytes = g_value_get_uint(value);
        break;
    case PROP_GAP_THRESHOLD:
        settings.gapThreshold = std::chrono::milliseconds(g_value_get_uint(value));
        break;
    case PROP_MAX_FILL:
        settings.maxFill = std::chrono::milliseconds(g_value_get_uint(value));
        break;
    case PROP_MUTED_AUDIO:
        settings.dropMuted = g_value_get_enum(value) != 0;
        break;
    case PROP_CORRECT_FORMAT:
        settings.correctFormat = g_value_get_boolean(value) != FALSE;
        break;
    default:
        return false;
    }
    return true;
}

bool readProperty(const Settings& settings, std::uint16_t boundPort, guint id, GValue* value) {
    switch (id) {
    case PROP_ADDRESS:
        g_value_set_string(value, settings.address.c_str());
        break;
    case PROP_PORT:
        g_value_set_uint(value, boundPort ? boundPort : settings.port);
        break;
    case PROP_PATH:
        g_value_set_string(value, settings.path.c_str());
        break;
    case PROP_CONTEXT_WAIT:
        g_value_set_uint(value, static_cast<guint>(settings.contextWait.count()));
        break;
    case PROP_RATE:
        g_value_set_uint(value, settings.format.rate);
        break;
    case PROP_CHANNELS:
        g_value_set_uint(value, settings.format.channels);
        break;
    case PROP_MAX_MESSAGE_SIZE:
        g_value_set_uint(value, static_cast<guint>(settings.maxMessageBytes));
        break;
    case PROP_GAP_THRESHOLD:
        g_value_set_uint(value, static_cast<guint>(settings.gapThreshold.count()));
        break;
    case PROP_MAX_FILL:
        g_value_set_uint(value, static_cast<guint>(settings.maxFill.count()));
        break;
    case PROP_MUTED_AUDIO:
        g_value_set_enum(value, settings.dropMuted);
        break;
    case PROP_CORRECT_FORMAT:
        g_value_set_boolean(value, settings.correctFormat);
        break;
    default:
        return false;
    }
    return true;
}

bool readFigures(SourceControl& control, guint id, GValue* value) {
    switch (id) {
    case PROP_STATS:
        g_value_take_boxed(value, makeStats(control.stats().value_or(PushStats())));
        break;
    case PROP_INGEST_STATS:
        g_value_take_boxed(value, mediasource::ingestStats(control.lateness()));
        break;
    default:
        return false;
    }
    return true;
}

void installProperties(GObjectClass* klass) {
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
    add(PROP_RATE, g_param_spec_uint(names::rate, "Rate", "Sample rate in Hz unless the query has sampleRate",
                                     minRate, maxRate, defaults.format.rate, ready));
    add(PROP_CHANNELS,
        g_param_spec_uint(names::channels, "Channels", "Channels unless the query has channels", 1,
                          maxChannels, defaults.format.channels, ready));
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
        g_param_spec_uint(
            names::maxFill, "Maximum fill",
            "Milliseconds of silence that are put into a gap at the most, and 16 MiB; beyond it time is "
            "skipped and the next buffer is DISCONT",
            0, maxMaxFill, static_cast<guint>(defaults.maxFill.count()), ready));
    add(PROP_MUTED_AUDIO,
        g_param_spec_enum(names::mutedAudio, "Muted audio",
                          "What becomes of audio that comes while the peer says it is muted",
                          mutedAudioType(), 0, ready));
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

} // namespace lm::wsaudiosrc
