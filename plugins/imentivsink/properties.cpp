#include "plugins/imentivsink/properties.hpp"

#include "plugins/common/names.hpp"
#include "plugins/imentivsink/dispatcher.hpp"
#include "plugins/imentivsink/encoding.hpp"

#include <gst/gst.h>

namespace lm::imentivsink {
namespace {

namespace names = lm::names::imentivsink;

constexpr auto kFlags = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
constexpr auto kSecret = static_cast<GParamFlags>(G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
constexpr auto kReadOnly = static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
const Settings kDefault;

GType payloadType() {
    static const GEnumValue values[] = {{static_cast<int>(Payload::Pcm), "Raw samples, audio/L16", "pcm"},
                                        {static_cast<int>(Payload::Wav), "A WAV file, audio/wav", "wav"},
                                        {0, nullptr, nullptr}};
    static const GType type = g_enum_register_static("GstImentivSinkPayload", values);
    return type;
}

void install(GObjectClass* klass, Property id, GParamSpec* spec) {
    g_object_class_install_property(klass, static_cast<guint>(id), spec);
}

GParamSpec* text(const char* name, const char* nick, const char* blurb, GParamFlags flags = kFlags) {
    return g_param_spec_string(name, nick, blurb, nullptr, flags);
}

GParamSpec* number(const char* name, const char* nick, const char* blurb, guint least, guint most,
                   guint value) {
    return g_param_spec_uint(name, nick, blurb, least, most, value, kFlags);
}

std::string textOf(const GValue* value) {
    const char* chars = g_value_get_string(value);
    return chars ? chars : "";
}

GParamSpec* bytes(const char* name, const char* nick, const char* blurb, guint64 value) {
    return g_param_spec_uint64(name, nick, blurb, 1, G_MAXUINT64, value, kFlags);
}

void installSpool(GObjectClass* klass) {
    install(klass, Property::SpoolDirectory,
            text(names::spoolDirectory, "Spool directory",
                 "Where blocks are kept that cannot be delivered at present; they are delivered later, also "
                 "after a "
                 "restart. Empty: they are lost"));
    install(klass, Property::SpoolMaxBytes,
            bytes(names::spoolMaxBytes, "Spool limit",
                  "Bytes that may wait in the spool directory; a block beyond it is dropped",
                  kDefault.spoolMaxBytes));
    install(klass, Property::SpoolMaxAge,
            number(names::spoolMaxAge, "Spool age",
                   "Seconds a block may wait in the spool directory; then it is a dead letter", 1, G_MAXINT,
                   kDefault.spoolMaxAgeS));
    install(klass, Property::SpoolReceipts,
            g_param_spec_boolean(names::spoolReceipts, "Receipts",
                                 "A delivered block stays in the spool directory while the receipt in its "
                                 "message is held",
                                 kDefault.spoolReceipts, kFlags));
    install(klass, Property::CircuitFailures,
            number(names::circuitFailures, "Failures",
                   "Failed attempts in a row after which the endpoint is left alone; only with a spool", 1,
                   1000, kDefault.circuitFailures));
    install(
        klass, Property::CircuitPauseMs,
        number(names::circuitPause, "Pause",
               "Milliseconds before such an endpoint is asked again; doubled each time, up to 30 times that",
               1, 600'000, kDefault.circuitPauseMs));
    install(klass, Property::RefusedPauseMs,
            number(names::refusedPause, "Pause of a refused key",
                   "Milliseconds before a refused key is tried again", 1, 3'600'000,
                   kDefault.refusedPauseMs));
}

} // namespace

void installProperties(GObjectClass* klass) {
    install(klass, Property::Endpoint,
            text(names::endpoint, "Endpoint",
                 "URL (http or https) of the analysis service; may have a query. Required. Reads back "
                 "without user "
                 "information and query values"));
    install(klass, Property::ApiKey,
            text(names::apiKey, "API key", "Sent as 'Authorization: Bearer'; empty: none is sent", kSecret));
    install(klass, Property::Payload,
            g_param_spec_enum(names::payload, "Payload", "What the body of a request is", payloadType(),
                              static_cast<int>(kDefault.payload), kFlags));
    install(klass, Property::MeetingId, text(names::meetingId, "Meeting", "Meeting the track belongs to"));
    install(klass, Property::Participant, text(names::participant, "Participant", "Identity of who speaks"));
    install(klass, Property::TrackName, text(names::trackId, "Track", "Track the blocks come from"));
    install(klass, Property::Session,
            text(names::session, "Session",
                 "UUID that every Idempotency-Key begins with, never to be used again; empty: a new one at "
                 "every start"));
    install(klass, Property::SendSilence,
            g_param_spec_boolean(names::sendSilence, "Send silence",
                                 "Send blocks that are digital silence (flagged GAP), too. They are numbered "
                                 "and counted as skipped otherwise",
                                 kDefault.sendSilence, kFlags));
    install(klass, Property::TimeoutMs,
            number(names::timeout, "Timeout", "Milliseconds one attempt may take, connecting included", 1,
                   600'000, kDefault.timeoutMs));
    install(klass, Property::MaxAttempts,
            number(names::maxAttempts, "Attempts", "Attempts at one block, the first included", 1, 100,
                   kDefault.maxAttempts));
    install(
        klass, Property::DrainTimeoutMs,
        number(
            names::drainTimeout, "Drain timeout",
            "Milliseconds the EOS message waits for the last blocks; what is left then is reported as failed",
            0, 3'600'000, kDefault.drainTimeoutMs));
    install(klass, Property::MaxQueueBytes,
            g_param_spec_uint64(names::maxQueueBytes, "Queue limit",
                                "Undelivered bytes this sink may hold; a block beyond it is dropped", 1,
                                G_MAXUINT64, kDefault.maxQueueBytes, kFlags));
    install(klass, Property::MaxInFlight,
            number(names::maxInFlight, "Requests in flight",
                   "Concurrent requests of the whole process; the sink that started last decides", 1,
                   Dispatcher::kMaxInFlight, kDefault.maxInFlight));
    install(klass, Property::MaxTotalBytes,
            bytes(names::maxTotalBytes, "Total limit",
                  "Undelivered bytes of all sinks of the process beyond which blocks go to the spool; the "
                  "sink that "
                  "started last decides",
                  kDefault.maxTotalBytes));
    installSpool(klass);
    install(
        klass, Property::Stats,
        g_param_spec_boxed(
            names::stats, "Statistics",
            "Counts of blocks (accepted, delivered, failed, dropped, skipped), retries, queue and latency",
            GST_TYPE_STRUCTURE, kReadOnly));
    gst_type_mark_as_plugin_api(payloadType(), static_cast<GstPluginAPIFlags>(0));
}

bool writeProperty(Settings& settings, guint id, const GValue* value) {
    switch (static_cast<Property>(id)) {
    case Property::Endpoint:
        settings.endpoint = textOf(value);
        return true;
    case Property::ApiKey:
        settings.apiKey = textOf(value);
        return true;
    case Property::Payload:
        settings.payload = static_cast<Payload>(g_value_get_enum(value));
        return true;
    case Property::MeetingId:
        settings.identity.meeting = textOf(value);
        return true;
    case Property::Participant:
        settings.identity.participant = textOf(value);
        return true;
    case Property::TrackName:
        settings.identity.track = textOf(value);
        return true;
    case Property::Session:
        settings.session = textOf(value);
        return true;
    case Property::SendSilence:
        settings.sendSilence = g_value_get_boolean(value) != FALSE;
        return true;
    case Property::TimeoutMs:
        settings.timeoutMs = g_value_get_uint(value);
        return true;
    case Property::MaxAttempts:
        settings.maxAttempts = g_value_get_uint(value);
        return true;
    case Property::DrainTimeoutMs:
        settings.drainTimeoutMs = g_value_get_uint(value);
        return true;
    case Property::MaxQueueBytes:
        settings.maxQueueBytes = g_value_get_uint64(value);
        return true;
    case Property::MaxInFlight:
        settings.maxInFlight = g_value_get_uint(value);
        return true;
    case Property::MaxTotalBytes:
        settings.maxTotalBytes = g_value_get_uint64(value);
        return true;
    case Property::SpoolDirectory:
        settings.spoolDirectory = textOf(value);
        return true;
    case Property::SpoolMaxBytes:
        settings.spoolMaxBytes = g_value_get_uint64(value);
        return true;
    case Property::SpoolMaxAge:
        settings.spoolMaxAgeS = g_value_get_uint(value);
        return true;
    case Property::SpoolReceipts:
        settings.spoolReceipts = g_value_get_boolean(value) != FALSE;
        return true;
    case Property::CircuitFailures:
        settings.circuitFailures = g_value_get_uint(value);
        return true;
    case Property::CircuitPauseMs:
        settings.circuitPauseMs = g_value_get_uint(value);
        return true;
    case Property::RefusedPauseMs:
        settings.refusedPauseMs = g_value_get_uint(value);
        return true;
    case Property::Stats:
        return false;
    }
    return false;
}

bool readProperty(const Settings& settings, guint id, GValue* value) {
    const auto string = [&](const std::string& text) {
        g_value_set_string(value, text.c_str());
        return true;
    };
    switch (static_cast<Property>(id)) {
    case Property::Endpoint:
        return string(redactedUrl(settings.endpoint));
    case Property::Payload:
        g_value_set_enum(value, static_cast<int>(settings.payload));
        return true;
    case Property::MeetingId:
        return string(settings.identity.meeting);
    case Property::Participant:
        return string(settings.identity.participant);
    case Property::TrackName:
        return string(settings.identity.track);
    case Property::Session:
        return string(settings.session);
    case Property::SendSilence:
        g_value_set_boolean(value, settings.sendSilence);
        return true;
    case Property::TimeoutMs:
        g_value_set_uint(value, settings.timeoutMs);
        return true;
    case Property::MaxAttempts:
        g_value_set_uint(value, settings.maxAttempts);
        return true;
    case Property::DrainTimeoutMs:
        g_value_set_uint(value, settings.drainTimeoutMs);
        return true;
    case Property::MaxQueueBytes:
        g_value_set_uint64(value, settings.maxQueueBytes);
        return true;
    case Property::MaxInFlight:
        g_value_set_uint(value, settings.maxInFlight);
        return true;
    case Property::MaxTotalBytes:
        g_value_set_uint64(value, settings.maxTotalBytes);
        return true;
    case Property::SpoolDirectory:
        return string(settings.spoolDirectory);
    case Property::SpoolMaxBytes:
        g_value_set_uint64(value, settings.spoolMaxBytes);
        return true;
    case Property::SpoolMaxAge:
        g_value_set_uint(value, settings.spoolMaxAgeS);
        return true;
    case Property::SpoolReceipts:
        g_value_set_boolean(value, settings.spoolReceipts);
        return true;
    case Property::CircuitFailures:
        g_value_set_uint(value, settings.circuitFailures);
        return true;
    case Property::CircuitPauseMs:
        g_value_set_uint(value, settings.circuitPauseMs);
        return true;
    case Property::RefusedPauseMs:
        g_value_set_uint(value, settings.refusedPauseMs);
        return true;
    case Property::ApiKey:
    case Property::Stats:
        return false;
    }
    return false;
}

} // namespace lm::imentivsink
