#include "service/config/entries.hpp"

#include "service/config/values.hpp"

#include <limits>

namespace lm::config {
namespace {

using Apply = decltype(Entry::apply);

constexpr std::uint64_t maxInt = std::numeric_limits<std::int32_t>::max(); // what element properties take

/// Stores what a reader read.
template <typename T, typename Target> std::optional<Error> store(const Result<T>& read, Target& target) {
    if (!read) return read.error();
    target = static_cast<Target>(*read);
    return std::nullopt;
}

template <typename Part, typename Number>
Apply integer(Part Settings::*part, Number Part::*member, std::uint64_t least, std::uint64_t most) {
    return [=](Settings& s, const std::string& text) {
        return store(readInteger(text, least, most), s.*part.*member);
    };
}

template <typename Part> Apply number(Part Settings::*part, double Part::*member, double least, double most) {
    return [=](Settings& s, const std::string& text) {
        return store(readNumber(text, least, most), s.*part.*member);
    };
}

template <typename Part, typename T>
Apply with(Result<T> (*reader)(const std::string&), Part Settings::*part, T Part::*member) {
    return [=](Settings& s, const std::string& text) { return store(reader(text), s.*part.*member); };
}

Result<std::string> readAny(const std::string& text) {
    return text;
}

Result<std::string> readSpoolDir(const std::string& text) {
    return text == "none" ? std::string() : text;
}

Result<Payload> readPayload(const std::string& text) {
    if (text == "pcm") return Payload::Pcm;
    if (text == "wav") return Payload::Wav;
    return Error{"pcm or wav"};
}

Result<EgressAuth> readAuth(const std::string& text) {
    if (text == "token") return EgressAuth::Token;
    if (text == "none") return EgressAuth::None;
    return Error{"token or none"};
}

Result<Muted> readMuted(const std::string& text) {
    if (text == "keep") return Muted::Keep;
    if (text == "drop") return Muted::Drop;
    return Error{"keep or drop"};
}

std::optional<Error> applyShutdownTimeout(Settings& s, const std::string& text) {
    return store(readInteger(text, 100, 600'000), s.shutdownTimeoutMs);
}

std::optional<Error> applyLogLevel(Settings& s, const std::string& text) {
    for (const char* level : {"error", "warning", "info", "debug"})
        if (text == level) return store(readAny(text), s.logLevel);
    return Error{"error, warning, info or debug"};
}

std::optional<Error> applyLogFormat(Settings& s, const std::string& text) {
    if (text != "text" && text != "json") return Error{"text or json"};
    return store(readAny(text), s.logFormat);
}

std::optional<Error> applyDatabaseUrl(Settings& s, const std::string& text) {
    return store(readDatabaseUrl(text), s.databaseUrl);
}

std::optional<Error> applyMeetPort(Settings& s, const std::string& text) {
    if (text == "none") {
        s.meet.port.reset();
        return std::nullopt;
    }
    const auto port = readInteger(text, 0, 65535);
    if (!port) return Error{port.error().message + ", or none"};
    s.meet.port = static_cast<std::uint16_t>(*port);
    return std::nullopt;
}

std::optional<Error> applyTokenTtl(Settings& s, const std::string& text) {
    return store(readSpan(text), s.livekit.tokenTtlSeconds);
}

Apply text(std::string Settings::*member) {
    return [=](Settings& s, const std::string& value) { return store(readAny(value), s.*member); };
}

std::vector<Entry> make() {
    const auto http = &Settings::http;
    const auto egress = &Settings::egress;
    const auto audio = &Settings::audio;
    const auto imentiv = &Settings::imentiv;
    const auto ready = &Settings::ready;
    const auto livekit = &Settings::livekit;
    const auto realtime = &Settings::realtime;
    const auto api = &Settings::api;
    const auto meet = &Settings::meet;
    using Http = HttpSettings;
    using Egress = EgressSettings;
    using Audio = AudioPipelineSettings;
    using Imentiv = ImentivSettings;
    using LiveKit = LiveKitSettings;
    using Meet = MeetSettings;
    return {
        {{"HOST", "127.0.0.1",
          "Address to listen on; 0.0.0.0 or :: for all. Off loopback EGRESS_AUTH must be set."},
         with(readHost, http, &Http::host)},
        {{"PORT", "3001", "Port to listen on; 0 picks a free one."}, integer(http, &Http::port, 0, 65535)},
        {{"HTTP_MAX_CONNECTIONS", "4096", "HTTP connections at once; media sockets are counted apart."},
         integer(http, &Http::maxConnections, 1, 1'000'000)},
        {{"HTTP_HEADER_TIMEOUT_MS", "10000", "From accept to the end of a request's header."},
         integer(http, &Http::headerTimeoutMs, 10, 600'000)},
        {{"HTTP_REQUEST_TIMEOUT_MS", "30000", "From accept to the end of the answer."},
         integer(http, &Http::requestTimeoutMs, 10, 600'000)},
        {{"HTTP_MAX_BODY_BYTES", "1048576", "Largest body of a request."},
         integer(http, &Http::maxBodyBytes, 0, 1 << 30)},
        {{"HTTP_MAX_BODY_BYTES_TOTAL", "67108864", "Bodies that are being received, together."},
         integer(http, &Http::maxBodyBytesTotal, 0, 1ull << 40)},
        {{"HTTP_MAX_CONNECTIONS_PER_ADDRESS", "2048",
          "HTTP connections at once of one address (IPv6: network /64); 0 for no limit."},
         integer(http, &Http::maxConnectionsPerAddress, 0, 1'000'000)},
        {{"HTTP_MAX_SOCKETS_PER_SECOND", "200",
          "New WebSockets of one address per second, ten times as many at once; 0 for no limit."},
         integer(http, &Http::maxSocketsPerSecond, 0, 1'000'000)},
        {{"TRUSTED_PROXIES", "",
          "Addresses and networks of reverse proxies whose X-Forwarded-For is believed, separated by "
          "commas. With one EGRESS_AUTH must be set."},
         with(readNetworks, http, &Http::trustedProxies)},
        {{"CORS_ORIGINS", "",
          "Origins whose pages may use the API and the sockets, separated by commas; local for pages of this "
          "machine, * for all. Empty is local when only this machine can ask, and none elsewhere."},
         with(readOrigins, http, &Http::corsOrigins)},
        {{"TLS_CERTIFICATE_FILE", "",
          "PEM certificate chain: everything is then served by TLS alone. Read again at SIGHUP."},
         with(readAny, http, &Http::certificateFile)},
        {{"TLS_KEY_FILE", "", "Its key, PEM, not encrypted."}, with(readAny, http, &Http::keyFile)},
        {{"API_TOKEN_SECRET", "",
          "What bearer tokens of the API are signed with (tools/token makes one), 32 characters at least; "
          "two "
          "separated by a comma while it is changed. Empty: the API is open on loopback, and closed "
          "elsewhere."},
         with(readSecrets, api, &ApiSettings::tokenSecrets),
         true},
        {{"EGRESS_AUDIO_OUTPUT_DIR", "./storage/egress/audio",
          "Where recordings are written, a directory per meeting."},
         with(readAny, egress, &Egress::audioOutputDir)},
        {{"EGRESS_VIDEO_OUTPUT_DIR", "./storage/egress/video",
          "Where recordings of video are written, a directory per meeting."},
         with(readAny, egress, &Egress::videoOutputDir)},
        {{"EGRESS_MAX_TRACKS", "2000", "Media sockets at once; further ones are answered with 503."},
         integer(egress, &Egress::maxTracks, 1, 100'000)},
        {{"EGRESS_CONTEXT_WAIT_MS", "75",
          "How often media sockets are read; longer costs less CPU, adds latency."},
         integer(egress, &Egress::contextWaitMs, 1, 1000)},
        {{"EGRESS_MAX_MESSAGE_BYTES", "1048576",
          "Largest WebSocket message, of video four times that; a larger one closes its socket."},
         integer(egress, &Egress::maxMessageBytes, 1024, 64 << 20)},
        {{"EGRESS_AUTH", "",
          "Who may send media: token (URLs signed by tools/sign-url) or none. Empty is none on loopback, and "
          "refused elsewhere."},
         with(readAuth, egress, &Egress::auth)},
        {{"EGRESS_AUTH_SECRET", "",
          "What media URLs are signed with, 32 characters at least; two separated by a comma while it is "
          "changed: the first signs, both admit."},
         with(readSecrets, egress, &Egress::authSecrets),
         true},
        {{"EGRESS_MAX_FILL_MS", "60000",
          "Silence that is put in for audio that never came, per gap; 0 for none."},
         integer(egress, &Egress::maxFillMs, 0, 600'000)},
        {{"EGRESS_AUDIO_MUTED", "keep",
          "While a track is muted: keep recording its silence, or drop what comes."},
         with(readMuted, egress, &Egress::muted)},
        {{"AUDIO_PIPELINE_GROUP_SECONDS", "2",
          "Seconds of audio in a block; groupSeconds of a socket overrides it."},
         number(audio, &Audio::groupSeconds, 0.1, 300)},
        {{"AUDIO_PIPELINE_MAX_BYTES", "8388608", "A block is ended at this size, whatever its duration."},
         integer(audio, &Audio::maxBytes, 4096, maxInt)},
        {{"AUDIO_PIPELINE_IDLE_FLUSH_MS", "3000",
          "A block is ended when no audio came for this long; 0 for never."},
         integer(audio, &Audio::idleFlushMs, 0, 3'600'000)},
        {{"AUDIO_PIPELINE_PAYLOAD", "pcm", "What is sent for analysis: pcm (audio/L16) or wav."},
         with(readPayload, audio, &Audio::payload)},
        {{"AUDIO_PIPELINE_NORMALIZE", "false",
          "Bring blocks to one loudness before they are sent; recordings stay untouched."},
         with(readFlag, audio, &Audio::normalize)},
        {{"AUDIO_PIPELINE_TARGET_DBFS", "-20", "The loudness to bring them to, dBFS RMS."},
         number(audio, &Audio::targetDbfs, -60, 0)},
        {{"AUDIO_PIPELINE_SEND_SILENCE", "false",
          "Deliver blocks that are digital silence, too; they are recorded in any case."},
         with(readFlag, audio, &Audio::sendSilence)},
        {{"AUDIO_PIPELINE_TIMEOUT_MS", "5000", "Of one attempt to deliver a block."},
         integer(audio, &Audio::timeoutMs, 10, 600'000)},
        {{"IMENTIV_ENDPOINT_URL", "", "The analysis service, http or https. Empty: record only."},
         with(readHttpUrl, imentiv, &Imentiv::endpointUrl),
         true},
        {{"IMENTIV_API_KEY", "", "Its bearer token."}, with(readToken, imentiv, &Imentiv::apiKey), true},
        {{"IMENTIV_MAX_ATTEMPTS", "3", "Attempts to deliver a block."},
         integer(imentiv, &Imentiv::maxAttempts, 1, 100)},
        {{"IMENTIV_MAX_IN_FLIGHT", "32", "Requests at once, of all tracks."},
         integer(imentiv, &Imentiv::maxInFlight, 1, 1024)},
        {{"IMENTIV_MAX_QUEUE_BYTES", "16777216", "Undelivered audio a track may hold in memory."},
         integer(imentiv, &Imentiv::maxQueueBytes, 65536, 1ull << 40)},
        {{"IMENTIV_DRAIN_TIMEOUT_MS", "20000", "How long the end of a track waits for its last blocks."},
         integer(imentiv, &Imentiv::drainTimeoutMs, 0, 3'600'000)},
        {{"IMENTIV_MAX_TOTAL_BYTES", "268435456",
          "Undelivered audio of all tracks in memory; beyond it blocks go to the spool."},
         integer(imentiv, &Imentiv::maxTotalBytes, 1, 1ull << 40)},
        {{"IMENTIV_SPOOL_DIR", "./storage/spool",
          "Where blocks are kept that cannot be delivered at present, until they can; none: they are lost "
          "for "
          "analysis."},
         with(readSpoolDir, imentiv, &Imentiv::spoolDir)},
        {{"IMENTIV_SPOOL_MAX_BYTES", "10737418240",
          "Bytes that may wait there; a block that finds it full is lost for analysis, not for the "
          "recording."},
         integer(imentiv, &Imentiv::spoolMaxBytes, 1, 1ull << 50)},
        {{"IMENTIV_SPOOL_MAX_AGE_HOURS", "24",
          "What waited longer is put aside in dead/ and not sent any more."},
         integer(imentiv, &Imentiv::spoolMaxAgeHours, 1, 100'000)},
        {{"IMENTIV_CIRCUIT_FAILURES", "5",
          "Failed requests in a row after which the service is left alone for a while."},
         integer(imentiv, &Imentiv::circuitFailures, 1, 1000)},
        {{"IMENTIV_CIRCUIT_PAUSE_MS", "1000", "That while at first; it is doubled up to 30 times this."},
         integer(imentiv, &Imentiv::circuitPauseMs, 1, 600'000)},
        {{"IMENTIV_REFUSED_PAUSE_MS", "60000", "How often a refused key (401, 403) is tried again."},
         integer(imentiv, &Imentiv::refusedPauseMs, 1, 3'600'000)},
        {{"LIVEKIT_URL", "", "The LiveKit server as clients reach it, such as wss://livekit.example.org."},
         with(readServerUrl, livekit, &LiveKit::url),
         true},
        {{"LIVEKIT_API_KEY", "", "Its API key: verifies its webhooks, signs tokens and requests."},
         with(readToken, livekit, &LiveKit::apiKey),
         true},
        {{"LIVEKIT_API_SECRET", "", "The secret of that key."},
         with(readToken, livekit, &LiveKit::apiSecret),
         true},
        {{"LIVEKIT_WEBHOOK_VERIFY", "true",
          "Take webhooks only with a signature of that key; false for trials on loopback alone."},
         with(readFlag, livekit, &LiveKit::webhookVerify)},
        {{"LIVEKIT_AUTO_EGRESS", "false",
          "Have LiveKit send every published audio track here; needs EGRESS_PUBLIC_URL."},
         with(readFlag, livekit, &LiveKit::autoEgress)},
        {{"EGRESS_PUBLIC_URL", "",
          "Where LiveKit's egress reaches this service, ws or wss, such as wss://media.example.org; the same "
          "for all replicas."},
         with(readMediaUrl, livekit, &LiveKit::mediaUrl),
         true},
        {{"LIVEKIT_RECONCILE_MS", "30000",
          "How often LiveKit is asked for its rooms, tracks and egresses, so that a lost webhook does no "
          "harm; 0 for never."},
         integer(livekit, &LiveKit::reconcileMs, 0, 3'600'000)},
        {{"LIVEKIT_TOKEN_TTL", "10m",
          "How long a participant's token can be joined with: 30s, 10m, 2h; a bare number is seconds."},
         applyTokenTtl},
        {{"MEET_PORT", "3000",
          "Port of what the browser client asks for; 0 picks a free one, none for none."},
         applyMeetPort},
        {{"MEET_MAX_TOKENS_PER_SECOND", "10",
          "Participants' tokens per second of one address, ten times as many at once; 0 for no limit."},
         integer(meet, &Meet::maxTokensPerSecond, 0, 1'000'000)},
        {{"NEXT_PUBLIC_CONN_DETAILS_ENDPOINT", "/api/connection-details",
          "Where the browser client gets its token from."},
         with(readPath, meet, &Meet::connectionDetails)},
        {{"NEXT_PUBLIC_ENABLE_TEST_PANELS", "true", "Show the test panels in the browser client."},
         with(readFlag, meet, &Meet::testPanels)},
        {{"S3_KEY_ID", "", "Object storage that recordings of whole rooms go to: key."},
         with(readToken, meet, &Meet::s3KeyId),
         true},
        {{"S3_KEY_SECRET", "", "Its secret."}, with(readToken, meet, &Meet::s3KeySecret), true},
        {{"S3_BUCKET", "", "The bucket."}, with(readToken, meet, &Meet::s3Bucket)},
        {{"S3_ENDPOINT", "", "Its URL, when it is not Amazon's."},
         with(readStorageUrl, meet, &Meet::s3Endpoint),
         true},
        {{"S3_REGION", "", "Its region."}, with(readToken, meet, &Meet::s3Region)},
        {{"PIPELINES_DIR", "", "Directory of pipeline descriptions that replace or add to the shipped ones."},
         text(&Settings::pipelinesDir)},
        {{"PIPELINE_LOG_DIR", "./storage/pipeline-logs",
          "Where the block logs are written, a file per meeting."},
         text(&Settings::pipelineLogDir)},
        {{"LEDGER_DIR", "./storage/ledger",
          "Where it is written what became of every sample: a directory per meeting, a file per track."},
         text(&Settings::ledgerDir)},
        {{"DATABASE_URL", "sqlite:./storage/live-meeting.db",
          "Where sessions, users and results are kept: sqlite:PATH, or postgresql://USER:PASSWORD@HOST:PORT/"
          "DATABASE, which several replicas can share."},
         applyDatabaseUrl,
         true},
        {{"SOCKETIO_PING_INTERVAL_MS", "25000", "How often a Socket.IO client is pinged."},
         integer(realtime, &RealtimeSettings::pingIntervalMs, 10, 600'000)},
        {{"SOCKETIO_PING_TIMEOUT_MS", "20000",
          "How long its answer may take before the client counts as gone."},
         integer(realtime, &RealtimeSettings::pingTimeoutMs, 10, 600'000)},
        {{"SOCKETIO_CONNECT_TIMEOUT_MS", "45000", "How long a connection may be in no namespace."},
         integer(realtime, &RealtimeSettings::connectTimeoutMs, 10, 600'000)},
        {{"SOCKETIO_MAX_PAYLOAD_BYTES", "1000000",
          "Largest message or request body of a Socket.IO client (maxHttpBufferSize); HTTP_MAX_BODY_BYTES "
          "bounds it, too."},
         integer(realtime, &RealtimeSettings::maxPayloadBytes, 1024, 64 << 20)},
        {{"SOCKETIO_MAX_QUEUE_BYTES", "4194304",
          "Unsent messages a Socket.IO client may leave unread; one that is slower is dropped."},
         integer(realtime, &RealtimeSettings::maxQueueBytes, 65536, 1 << 30)},
        {{"SOCKETIO_MAX_CLIENTS", "3000", "Socket.IO clients at once; further ones are answered with 503."},
         integer(realtime, &RealtimeSettings::maxClients, 1, 1'000'000)},
        {{"SOCKETIO_CONFORMANCE", "false",
          "Serve what the protocol suites of Engine.IO and Socket.IO expect, in place of the gateway: for "
          "tests."},
         with(readFlag, realtime, &RealtimeSettings::conformance)},
        {{"SHUTDOWN_TIMEOUT_MS", "10000",
          "After SIGTERM or SIGINT: time to finish recordings and deliver last blocks."},
         applyShutdownTimeout},
        {{"READY_MIN_FREE_BYTES", "1073741824",
          "GET /ready says no when less is free where recordings, logs, ledger or spool are written."},
         integer(ready, &ReadySettings::minFreeBytes, 0, 1ull << 50)},
        {{"READY_MAX_LATENESS_MS", "1000",
          "GET /ready says no when media sockets were read later than this in the last seconds."},
         integer(ready, &ReadySettings::maxLatenessMs, 1, 600'000)},
        {{"LOG_LEVEL", "info", "error, warning, info or debug."}, applyLogLevel},
        {{"LOG_FORMAT", "text", "text, or json: one JSON object a line (schemas/log-line.schema.json)."},
         applyLogFormat},
    };
}

} // namespace

const std::vector<Entry>& entries() {
    static const std::vector<Entry> all = make();
    return all;
}

} // namespace lm::config
