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

bool Cors::listed(std::string_view origin) const {
    return std::find(origins_.begin(), origins_.end(), origin) != origins_.end();
}

void Cors::decorate(const Request& request, Response& response) const {
    if (any()) {
        response.with("Access-Control-Allow-Origin", "*");
        return;
    }
    response.with("Vary", "Origin");
    const std::string_view origin = request.header("Origin");
    if (!origin.empty() && listed(origin)) response.with("Access-Control-Allow-Origin", std::string(origin));
}

void Cors::decoratePreflight(const Request& request, const std::string& methods, Response& response) const {
    if (request.header("Access-Control-Request-Method").empty()) return;
    response.with("Access-Control-Allow-Methods", methods);
    const std::string_view wanted = request.header("Access-Control-Request-Headers");
    if (isTokenList(wanted)) response.with("Access-Control-Allow-Headers", std::string(wanted));
    response.with("Access-Control-Max-Age", "600");
}

bool Cors::admits(const Request& request) const {
    const std::string_view origin = request.header("Origin");
    if (origin.empty() || any() || listed(origin)) return true;
    const std::size_t scheme = origin.find("://");
    return scheme != std::string_view::npos && origin.substr(scheme + 3) == request.header("Host");
}

} // namespace lm::http
