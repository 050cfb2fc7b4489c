#pragma once

#include "plugins/common/result.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace lm::config {

enum class Payload { Pcm, Wav };
/// Who may open a media socket: everybody, or who has a URL signed with a secret.
enum class EgressAuth { None, Token };
/// What becomes of the audio of a muted track.
enum class Muted { Keep, Drop };

/// Where and how HTTP is served. Times are milliseconds, sizes bytes.
struct HttpSettings {
    std::string host = "127.0.0.1";
    std::uint16_t port = 3001;               // 0 picks a free one
    std::uint32_t maxConnections = 4096;     // HTTP connections at once; media sockets are counted apart
    std::uint32_t headerTimeoutMs = 10'000;  // from accept to the end of the request's header
    std::uint32_t requestTimeoutMs = 30'000; // from accept to the end of the answer
    std::uint64_t maxBodyBytes = 1 << 20;
    std::uint64_t maxBodyBytesTotal = 64 << 20;       // of all requests together
    std::uint32_t maxConnectionsPerAddress = 2048;    // 0: no limit
    std::uint32_t maxSocketsPerSecond = 200;          // new WebSockets of one address; 0: no limit
    std::vector<std::string> trustedProxies;          // addresses and networks
    std::vector<std::string> corsOrigins = {"local"}; // none unless set when not isLocal()
    std::string certificateFile;                      // empty: no TLS
    std::string keyFile;

    bool operator==(const HttpSettings&) const = default;
};

/// Media sockets and what becomes of their audio.
struct EgressSettings {
    std::string audioOutputDir = "./storage/egress/audio";
    std::string videoOutputDir = "./storage/egress/video";
    std::uint32_t maxTracks = 2000;
    std::uint32_t contextWaitMs = 75; // ingest tick
    std::uint32_t maxMessageBytes = 1 << 20;
    EgressAuth auth = EgressAuth::None;   // never without an explicit word off loopback
    std::vector<std::string> authSecrets; // each admits; never logged, printed or answered
    std::uint32_t maxFillMs = 60'000;     // silence in a gap at the most
    Muted muted = Muted::Keep;

    bool operator==(const EgressSettings&) const = default;
};

struct AudioPipelineSettings {
    double groupSeconds = 2.0;
    std::uint32_t maxBytes = 8 << 20; // a block never grows beyond this
    std::uint32_t idleFlushMs = 3000;
    Payload payload = Payload::Pcm;
    bool normalize = false;
    double targetDbfs = -20.0;
    bool sendSilence = false; // blocks that are digital silence
    std::uint32_t timeoutMs = 5000;

    bool operator==(const AudioPipelineSettings&) const = default;
};

/// When `GET /ready` says no.
struct ReadySettings {
    std::uint64_t minFreeBytes = 1 << 30; // of every file system that is written to
    std::uint32_t maxLatenessMs = 1000;   // of the ingest threads

    bool operator==(const ReadySettings&) const = default;
};

/// The analysis service. An empty endpoint means: record only.
struct ImentivSettings {
    std::string endpointUrl;
    std::string apiKey; // secret: never logged, printed or answered
    std::uint32_t maxAttempts = 3;
    std::uint32_t maxInFlight = 32;         // requests of the whole process
    std::uint64_t maxQueueBytes = 16 << 20; // undelivered bytes a track may hold
    std::uint32_t drainTimeoutMs = 20'000;  // how long the end of a track waits for its last blocks
    std::uint64_t maxTotalBytes = 256
                                  << 20; // undelivered bytes all tracks may hold before they go to the spool
    std::string spoolDir = "./storage/spool"; // empty: none
    std::uint64_t spoolMaxBytes = 10ULL << 30;
    std::uint32_t spoolMaxAgeHours = 24;
    std::uint32_t circuitFailures = 5;
    std::uint32_t circuitPauseMs = 1000;
    std::uint32_t refusedPauseMs = 60'000;

    bool operator==(const ImentivSettings&) const = default;
};

/// The LiveKit server whose meetings these are. Without a key nothing of it can be verified or asked for.
struct LiveKitSettings {
    std::string url;           // as clients reach it: ws, wss, http or https
    std::string apiKey;        // with its secret, or neither
    std::string apiSecret;     // never logged, printed or answered
    bool webhookVerify = true; // false on loopback alone
    bool autoEgress = false;   // an egress for every published audio track
    std::string mediaUrl;      // of this service, as LiveKit's egress reaches it; empty: none started
    std::uint32_t reconcileMs = 30'000;  // how often LiveKit is asked what there is; 0: never
    std::uint32_t tokenTtlSeconds = 600; // of a participant's token

    bool operator==(const LiveKitSettings&) const = default;
};

/// The Socket.IO gateway.
struct RealtimeSettings {
    std::uint32_t pingIntervalMs = 25'000;
    std::uint32_t pingTimeoutMs = 20'000;
    std::uint32_t connectTimeoutMs = 45'000;
    std::uint64_t maxPayloadBytes = 1'000'000;
    std::uint64_t maxQueueBytes = 4 << 20; // unsent, of a client
    std::uint32_t maxClients = 3'000;
    bool conformance = false; // serves what the protocol suites expect, instead of the gateway

    bool operator==(const RealtimeSettings&) const = default;
};

/// Everything that is not public and not media.
struct ApiSettings {
    std::vector<std::string> tokenSecrets; // each admits; never logged, printed or answered

    bool operator==(const ApiSettings&) const = default;
};

/// What the browser client is served with, on a listener of its own.
struct MeetSettings {
    std::optional<std::uint16_t> port = 3000; // nothing: not served
    std::string connectionDetails = "/api/connection-details";
    bool testPanels = true;
    std::uint32_t maxTokensPerSecond = 10; // of one address; 0: no limit
    std::string s3KeyId;
    std::string s3KeySecret; // never logged, printed or answered
    std::string s3Bucket;
    std::string s3Endpoint;
    std::string s3Region;

    bool operator==(const MeetSettings&) const = default;
};

struct Settings {
    HttpSettings http;
    RealtimeSettings realtime;
    EgressSettings egress;
    AudioPipelineSettings audio;
    ImentivSettings imentiv;
    ReadySettings ready;
    LiveKitSettings livekit;
    ApiSettings api;
    MeetSettings meet;
    std::string pipelinesDir; // empty: only the shipped descriptions
    std::string pipelineLogDir = "./storage/pipeline-logs";
    std::string ledgerDir = "./storage/ledger";
    std::string databaseUrl = "sqlite:./storage/live-meeting.db"; // may hold a password: never logged
    std::uint32_t shutdownTimeoutMs = 10'000;
    std::string logLevel = "info";  // error, warning, info, debug
    std::string logFormat = "text"; // text, json

    bool operator==(const Settings&) const = default;
};

/// True when only this machine can reach a listener on `host`.
bool isLoopback(const std::string& host);
/// Only this machine can ask: not even through a reverse proxy on it.
bool isLocal(const HttpSettings& http);

/// Looks a variable up; nullopt when it is not set.
using Environment = std::function<std::optional<std::string>(const std::string&)>;

/// Reads and validates every variable and what they are together; the only reader of the environment. An
/// empty value counts as not set. The error says which variable (`where`) and what is allowed, never a
/// secret's value.
Result<Settings> load(const Environment& environment);
/// The process's own environment.
std::optional<std::string> processEnvironment(const std::string& name);

/// One row per variable, in the order of `.env.example`: name, default as written there, meaning.
struct Variable {
    const char* name;
    const char* defaultValue;
    const char* meaning;
};
const std::vector<Variable>& variables();

} // namespace lm::config
