#include "service/webhook/endpoint.hpp"

#include "service/logging/log.hpp"
#include "service/webhook/reading.hpp"
#include "service/webhook/signature.hpp"

#include <algorithm>
#include <memory>

namespace lm::webhook {
namespace {

constexpr char component[] = "webhook";

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool isJson(std::string_view contentType) {
    std::string type(contentType.substr(0, contentType.find(';')));
    while (!type.empty() && (type.back() == ' ' || type.back() == '\t'))
        type.pop_back();
    std::transform(type.begin(), type.end(), type.begin(), lower);
    return type == "application/webhook+json" || type == "application/json";
}

http::Response unauthorized(const char* code, const char* message) {
    return http::problem(401, code, message, "Authorization").with("WWW-Authenticate", "LiveKitWebhook");
}

class Endpoint {
public:
    Endpoint(Options options, std::vector<Listener*> listeners)
        : options_(std::move(options)), signature_(options_.apiKey, options_.apiSecret),
          listeners_(std::move(listeners)) {}

    http::Response answer(const http::Request& request) const {
        const domain::UtcTime now = options_.clock();
        if (options_.verify)
            if (auto refused = refusal(request, now)) return std::move(*refused);
        if (!isJson(request.header("Content-Type")))
            return http::problem(415, "unsupported_media_type",
                                 "Content-Type must be application/webhook+json or application/json.",
                                 "Content-Type")
                .asRefusal();
        const auto event = readEvent(request.body, now);
        if (!event)
            return http::problem(400, "invalid_event", event.error().message, event.error().where)
                .asRefusal();
        logging::debug(component, "event", {{"event", event->name}, {"id", event->id}});
        for (Listener* listener : listeners_)
            listener->webhookEvent(*event);
        return http::Response{204};
    }

private:
    /// Never says what would have been right.
    std::optional<http::Response> refusal(const http::Request& request, domain::UtcTime now) const {
        if (options_.apiKey.empty())
            return unauthorized("not_configured",
                                "LIVEKIT_API_KEY and LIVEKIT_API_SECRET are not set here: no webhook "
                                "can be verified.");
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch());
        switch (signature_.check(request.header("Authorization"), request.body, seconds)) {
        case Signature::Verdict::Valid:
            return std::nullopt;
        case Signature::Verdict::Unsigned:
            return unauthorized("token_missing",
                                "Authorization is required: the token that LiveKit signs a webhook "
                                "with.");
        case Signature::Verdict::Malformed:
            return unauthorized("token_malformed",
                                "Authorization is no token of LiveKit: a bare JSON Web Token, HS256, "
                                "with an end.");
        case Signature::Verdict::Expired:
            return unauthorized("token_expired",
                                "Authorization is not valid now: compare the clocks of LiveKit and this "
                                "service.");
        case Signature::Verdict::Mismatch:
            break;
        }
        return unauthorized("token_mismatch",
                            "Authorization does not belong to this body: it was made with another key "
                            "or secret, or the body was changed.");
    }

    const Options options_;
    const Signature signature_;
    const std::vector<Listener*> listeners_;
};

} // namespace

void addWebhook(http::Router& router, Options options, std::vector<Listener*> listeners) {
    router.add("POST", "/livekit/webhook",
               [endpoint = std::make_shared<Endpoint>(std::move(options), std::move(listeners))](
                   const http::Request& request) { return endpoint->answer(request); });
}

} // namespace lm::webhook
