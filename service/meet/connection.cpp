#include "service/meet/connection.hpp"

#include "service/livekit/address.hpp"
#include "service/meet/parameters.hpp"
#include "service/security/hmac.hpp"

#include <algorithm>
#include <ctime>
#include <random>
#include <string_view>

namespace lm::meet {
namespace {

constexpr char cookieName[] = "random-participant-postfix";
constexpr std::size_t postfixLength = 4;
constexpr std::string_view postfixLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::chrono::hours cookieLife{2};
constexpr double burstSeconds = 10;

std::string randomPostfix() {
    std::random_device device;
    std::uniform_int_distribution<std::size_t> letter(0, postfixLetters.size() - 1);
    std::string text;
    for (std::size_t i = 0; i < postfixLength; ++i)
        text += postfixLetters[letter(device)];
    return text;
}

/// All participants see each other's postfix: only its seal shows that it was given to who sends it.
std::string sealOf(const std::string& key, std::string_view postfix) {
    return security::hmacSha256(key, "participant-postfix\n" + std::string(postfix));
}

bool isPostfix(std::string_view text) {
    return text.size() == postfixLength && text.find_first_not_of(postfixLetters) == std::string_view::npos;
}

/// What the browser keeps, if it is what we gave it.
std::string postfixOf(const http::Request& request, const std::string& key) {
    const std::string cookies = request.list("Cookie");
    std::string_view rest = cookies;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find_first_of(";,"), rest.size());
        std::string_view pair = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
        const std::size_t equals = pair.find('=');
        if (equals == std::string_view::npos || pair.substr(0, equals) != cookieName) continue;
        const std::string_view value = pair.substr(equals + 1);
        const std::string_view postfix = value.substr(0, value.find('.'));
        if (!isPostfix(postfix) || value.size() == postfix.size()) continue;
        if (security::sameText(value.substr(postfix.size() + 1), sealOf(key, postfix)))
            return std::string(postfix);
    }
    return {};
}

std::string httpDate(std::chrono::system_clock::time_point time) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    char text[64];
    std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc);
    return text;
}

/// `Secure` only where the browser will keep it: it drops such a cookie of a page without TLS.
std::string cookie(const std::string& value, bool secure, std::chrono::system_clock::time_point now) {
    return std::string(cookieName) + "=" + value + "; Path=/; HttpOnly; SameSite=Strict" +
           (secure ? "; Secure" : "") + "; Expires=" + httpDate(now + cookieLife);
}

http::Response missing(const std::string& name) {
    return http::problem(400, "missing_parameter", "Missing required query parameter: " + name, name);
}

class Connections {
public:
    explicit Connections(ConnectionOptions options)
        : options_(std::move(options)), limit_(options_.perSecond, burstSeconds * options_.perSecond) {
        if (!options_.postfix) options_.postfix = randomPostfix;
    }

    http::Response answer(const http::Request& request) {
        if (!limit_.take(request.client, options_.ticks()))
            return http::problem(429, "too_many_requests",
                                 "Too many requests for a token from this address; try again.")
                .with("Retry-After", "1");
        if (options_.livekitUrl.empty())
            return http::problem(500, "not_configured", "LIVEKIT_URL is not defined");
        const Parameter region = readParameter(request, "region", maxName);
        if (region.refusal) return *region.refusal;
        const auto url = livekit::regionalUrl(options_.livekitUrl, region.value);
        if (!url) return refusedUrl(url.error());
        const Parameter room = readParameter(request, "roomName", maxName);
        if (room.refusal) return *room.refusal;
        if (room.missing) return missing("roomName");
        const Parameter name = readParameter(request, "participantName", maxName - postfixLength - 2);
        if (name.refusal) return *name.refusal;
        if (name.missing) return missing("participantName");
        const Parameter metadata = readParameter(request, "metadata", maxMetadata);
        if (metadata.refusal) return *metadata.refusal;
        if (options_.apiKey.empty())
            return http::problem(500, "not_configured", "LIVEKIT_API_KEY and LIVEKIT_API_SECRET must be set");
        return details(request, *url, room.value, name.value, metadata.value);
    }

private:
    static http::Response refusedUrl(const Error& error) {
        const unsigned status = error.where == "region" ? 400 : 500;
        return http::problem(status, status == 400 ? "invalid_parameter" : "not_configured",
                             error.where + " " + error.message + ".", error.where);
    }

    http::Response details(const http::Request& request, const std::string& url, const std::string& room,
                           const std::string& name, const std::string& metadata) const {
        std::string postfix = postfixOf(request, options_.cookieKey);
        if (postfix.empty()) postfix = options_.postfix();
        const auto now = options_.now();
        const livekit::Join join{room, name + "__" + postfix, name, metadata};
        const std::string token = options_.sign(livekit::joinClaims(
            options_.apiKey, join, std::chrono::system_clock::to_time_t(now), options_.life));
        const bool secure = options_.tls || request.header("X-Forwarded-Proto") == "https";
        return http::object(200, {{"serverUrl", url},
                                  {"roomName", room},
                                  {"participantToken", token},
                                  {"participantName", name}})
            .with("Set-Cookie", cookie(postfix + "." + sealOf(options_.cookieKey, postfix), secure, now))
            .with("Cache-Control", "no-store");
    }

    ConnectionOptions options_;
    security::RateLimit limit_;
};

} // namespace

void addConnection(http::Router& router, ConnectionOptions options) {
    router.add("GET", "/api/connection-details",
               [connections = std::make_shared<Connections>(std::move(options))](
                   const http::Request& request) { return connections->answer(request); });
}

} // namespace lm::meet
