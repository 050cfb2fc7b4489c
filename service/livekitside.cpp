#include "service/livekitside.hpp"

#include "service/jwt/jwt.hpp"
#include "service/livekit/address.hpp"
#include "service/livekit/claims.hpp"
#include "service/logging/log.hpp"
#include "service/meet/clientconfig.hpp"
#include "service/meet/connection.hpp"

#include <ctime>
#include <stdexcept>

namespace lm {
namespace {

constexpr std::chrono::minutes requestTokenLife{10};

/// The claims are ours and the secret is there: whoever asks has checked it.
std::string signedBy(const config::LiveKitSettings& key, const std::string& claims) {
    const auto token = jwt::sign(claims, key.apiSecret);
    if (!token) throw std::logic_error("a token cannot be signed: " + token.error().message);
    return *token;
}

/// What is said for the media API is not said for tokens: no page of another site gets one, unless its origin
/// is listed.
config::HttpSettings meetSettings(const config::Settings& settings) {
    config::HttpSettings http = settings.http;
    http.port = *settings.meet.port;
    if (http.corsOrigins == std::vector<std::string>{"*"}) http.corsOrigins.clear();
    return http;
}

} // namespace

LivekitSide::LivekitSide(const config::Settings& settings) : settings_(settings) {}

Result<std::unique_ptr<LivekitSide>> LivekitSide::open(const config::Settings& settings,
                                                       const access::Gate& gate) {
    std::unique_ptr<LivekitSide> side(new LivekitSide(settings));
    if (!settings.livekit.url.empty() && !settings.livekit.apiKey.empty()) {
        const auto origin = livekit::apiOrigin(settings.livekit.url);
        if (!origin) return origin.error();
        side->makeClient(*origin);
    }
    meet::RecordingOptions recording;
    recording.api = side->client_.get();
    const auto& meet = settings.meet;
    recording.upload = {meet.s3KeyId, meet.s3KeySecret, meet.s3Bucket, meet.s3Endpoint, meet.s3Region};
    recording.upload.forcePathStyle = !meet.s3Endpoint.empty(); // MinIO has no host for every bucket
    recording.refuses = [gate](const http::Request& request) {
        return gate.refusal(request, access::Role::Operator);
    };
    side->recording_ = std::make_unique<meet::Recording>(std::move(recording));
    return side;
}

std::optional<Error> LivekitSide::serve(std::uint16_t apiPort, security::Refusals& refusals) {
    if (!settings_.meet.port) return std::nullopt;
    http::FrontOptions options;
    options.refusals = &refusals;
    auto front = http::Front::open(meetSettings(settings_), routes(apiPort), std::move(options));
    if (!front) return Error{"MEET_PORT: " + front.error().message, "MEET_PORT"};
    front_ = std::move(*front);
    return std::nullopt;
}

void LivekitSide::makeClient(const std::string& origin) {
    livekit::ClientOptions options;
    options.origin = origin;
    options.mint = [this](const livekit::Grants& grants) {
        const auto& key = settings_.livekit;
        return signedBy(key,
                        livekit::requestClaims(key.apiKey, grants, std::time(nullptr), requestTokenLife));
    };
    client_ = std::make_unique<livekit::Client>(std::move(options));
}

http::Router LivekitSide::routes(std::uint16_t apiPort) {
    http::Router router;
    meet::ConnectionOptions connection;
    connection.livekitUrl = settings_.livekit.url;
    connection.apiKey = settings_.livekit.apiKey;
    connection.cookieKey = settings_.livekit.apiSecret;
    connection.sign = [this](const std::string& claims) { return signedBy(settings_.livekit, claims); };
    connection.life = std::chrono::seconds(settings_.livekit.tokenTtlSeconds);
    connection.tls = !settings_.http.certificateFile.empty();
    connection.perSecond = settings_.meet.maxTokensPerSecond;
    meet::addConnection(router, std::move(connection));
    recording_->addTo(router);
    meet::ClientConfig config;
    config.connectionDetails = settings_.meet.connectionDetails;
    config.recording = recording_->missing().empty();
    config.testPanels = settings_.meet.testPanels;
    config.analysis = !settings_.imentiv.endpointUrl.empty();
    config.apiPort = apiPort;
    meet::addClientConfig(router, config);
    for (const auto& endpoint : router.endpoints())
        logging::debug("meet", "route", {{"path", endpoint.path}, {"methods", endpoint.methods}});
    return router;
}

void LivekitSide::reloadCertificate() {
    if (front_) front_->reloadCertificate();
}

} // namespace lm
