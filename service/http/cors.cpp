#include "service/http/cors.hpp"

#include <algorithm>

namespace lm::http {
namespace {

/// A list of header names and nothing else: it is sent back to the browser.
bool isTokenList(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_' || c == ',' || c == ' ';
    });
}

} // namespace

void Cors::decorate(const Request& request, Response& response) const {
    if (origins_.any()) {
        response.with("Access-Control-Allow-Origin", "*");
        return;
    }
    response.with("Vary", "Origin");
    const std::string_view origin = request.header("Origin");
    if (!origin.empty() && origins_.lists(origin))
        response.with("Access-Control-Allow-Origin", std::string(origin));
}

void Cors::decoratePreflight(const Request& request, const std::string& methods, Response& response) const {
    if (request.header("Access-Control-Request-Method").empty()) return;
    response.with("Access-Control-Allow-Methods", methods);
    const std::string_view wanted = request.header("Access-Control-Request-Headers");
    if (isTokenList(wanted)) response.with("Access-Control-Allow-Headers", std::string(wanted));
    response.with("Access-Control-Max-Age", "600");
}

std::optional<Response> Cors::refusal(const Request& request, bool socket) const {
    // Browsers send an `Origin` with all but their plain reads. An egress or a webhook, which may know this
    // machine under any name, sends none.
    const bool perhapsPage = !request.header("Origin").empty() || (!socket && request.method == "GET");
    if (perhapsPage && !origins_.servesHost(request))
        return problem(421, "unknown_host",
                       "The service can be reached from this machine alone, as localhost or 127.0.0.1; other "
                       "names are those of CORS_ORIGINS.");
    if (socket && !origins_.admits(request))
        return problem(403, "origin_not_allowed", "Pages of this origin may not connect; see CORS_ORIGINS.");
    return std::nullopt;
}

} // namespace lm::http
