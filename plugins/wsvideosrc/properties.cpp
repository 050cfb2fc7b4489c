#include "plugins/wsvideosrc/properties.hpp"

#include "plugins/common/mediasource/ingeststats.hpp"
#include "plugins/common/names.hpp"

namespace lm::wsvideosrc {
namespace {

namespace names = lm::names::wsvideosrc;

constexpr guint maxContextWait = 1000;
constexpr guint minMessageSize = 1024;
constexpr guint maxMessageSize = 64 << 20;

enum Property {
    PROP_0,
    PROP_ADDRESS,
    PROP_PORT,
    PROP_PATH,
    PROP_CONTEXT_WAIT,
    PROP_CONNECTION,
    PROP_CODEC,
    PROP_MAX_MESSAGE_SIZE,
    PROP_STATS,
    PROP_INGEST_STATS,
};

GType codecType() {
    static const GType type = [] {
        static const GEnumValue values[] = {{static_cast<gint>(video::Codec::H264), "H.264", "h264"},
                                            {static_cast<gint>(video::Codec::Vp8), "VP8", "vp8"},
                                            {static_cast<gint>(video::Codec::Vp9), "VP9", "vp9"},
                                            {0, nullptr, nullptr}};
        return g_enum_register_static("GstWsVideoSrcCodec", values);
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
    case PROP_CODEC:
        settings.codec = static_cast<video::Codec>(g_value_get_enum(value));
        break;
    case PROP_MAX_MESSAGE_SIZE:
        settings.maxMessageBytes = g_value_get_uint(value);
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
    case PROP_CODEC:
        g_value_set_enum(value, static_cast<gint>(settings.codec));
        break;
    case PROP_MAX_MESSAGE_SIZE:
        g_value_set_uint(value, static_cast<guint>(settings.maxMessageBytes));
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
    add(PROP_CODEC, g_param_spec_enum(names::codec, "Codec", "What is received unless the query has codec",
                                      codecType(), static_cast<gint>(defaults.codec), ready));
    add(PROP_MAX_MESSAGE_SIZE,
        g_param_spec_uint(names::maxMessageSize, "Maximum message size",
                          "Bytes of the largest message taken; a larger one ends the connection with 1009",
                          minMessageSize, maxMessageSize, static_cast<guint>(defaults.maxMessageBytes),
                          ready));
    add(PROP_STATS,
        g_param_spec_boxed(names::stats, "Statistics",
                           "Counters of the track, as wsvideosrc-closed has them, and of its socket",
                           GST_TYPE_STRUCTURE,
                           static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS)));
    add(PROP_INGEST_STATS,
        g_param_spec_boxed(
            names::ingestStats, "Ingest threads",
            "How late the threads that all sources share are: recent-ns, worst-ns; of every round of the "
            "process sum-ns, bounds-ns, counts",
            GST_TYPE_STRUCTURE, static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS)));
}

} // namespace lm::wsvideosrc
