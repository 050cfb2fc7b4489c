#include "service/access/gate.hpp"

#include <glib.h>
namespace lm::access {
namespace {

/// The token of `Authorization: Bearer …`; empty when there is none.
std::string_view bearerOf(const http::Request& request) {
    constexpr std::string_view scheme = "Bearer ";
    std::string_view value = request.header("Authorization");
    if (value.size() < scheme.size() || g_ascii_strncasecmp(value.data(), scheme.data(), scheme.size()) != 0)
        return {};
    value.remove_prefix(scheme.size());
    while (value.starts_with(' '))
        value.remove_prefix(1);
    return value;
}

/// RFC 6750, 3.
http::Response challenge(unsigned status, const char* code, const std::string& message, const char* error) {
    std::string value = "Bearer realm=\"live-meeting\"";
    if (error) value += std::string(", error=\"") + error + "\"";
    return http::problem(status, code, message).with("WWW-Authenticate", std::move(value));
}

http::Response roleMissing(Role least) {
    return challenge(403, "role_missing",
                     std::string("This needs the role ") + roleName(least) + "; the token has a lower one.",
                     "insufficient_scope");
}

/// By a proxy that nobody named: what it lets through does not come from this machine.
bool isForwarded(const http::Request& request) {
    return !request.header("X-Forwarded-For").empty() || !request.header("Forwarded").empty();
}

} // namespace

std::chrono::seconds Gate::unixNow() {
    return std::chrono::duration_cast<std::chrono::seconds>(
        std::chrono::system_clock::now().time_since_epoch());
}

Gate::Gate(Options options) : options_(std::make_shared<const Options>(std::move(options))) {
    auto origins = options_->origins;
    std::erase(origins, "*");
    origins_ = std::make_shared<const http::Origins>(std::move(origins), options_->local);
}

std::optional<http::Response> Gate::refusal(const http::Request& request, Role least) const {
    if (open() && isForwarded(request))
        return http::problem(
            403, "api_closed",
            "The API is closed: this came through a proxy, so the service can be reached from "
            "elsewhere, and API_TOKEN_SECRET is not set.");
    if (open() && least > Role::Viewer && !origins_->admits(request))
        return http::problem(403, "origin_not_allowed",
                             "Pages of this origin may change nothing; see CORS_ORIGINS.");
    return refusal(bearerOf(request), least);
}

std::optional<http::Response> Gate::refusal(std::string_view token, Role least) const {
    if (open()) return std::nullopt;
    if (closed())
        return http::problem(403, "api_closed",
                             "The API is closed: the service can be reached from elsewhere, and "
                             "API_TOKEN_SECRET is not set.");
    if (token.empty())
        return challenge(401, "token_missing",
                         std::string("A bearer token with the role ") + roleName(least) +
                             " is required: Authorization: Bearer TOKEN. tools/token makes one.",
                         nullptr);
    const auto read = readToken(token, options_->secrets, options_->clock());
    const auto* caller = std::get_if<Caller>(&read);
    if (!caller) return challenge(401, "token_invalid", std::get<std::string>(read), "invalid_token");
    if (caller->role < least) return roleMissing(least);
    return std::nullopt;
}

http::Handler Gate::guard(Role least, http::Handler handler) const {
    return [gate = *this, least, handler = std::move(handler)](const http::Request& request) {
        auto refused = gate.refusal(request, least);
        return refused ? std::move(*refused) : handler(request);
    };
}

} // namespace lm::access
