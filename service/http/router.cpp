#include "service/http/router.hpp"

#include <algorithm>

namespace lm::http {
namespace {

Response upgradeRequired() {
    return problem(426, "upgrade_required", "This path is a WebSocket: connect with ws:// or wss://.")
        .with("Upgrade", "websocket")
        .with("Sec-WebSocket-Version", "13");
}

std::vector<std::string> split(const std::string& path) {
    std::vector<std::string> segments;
    for (std::size_t at = 0; at < path.size();) {
        const std::size_t end = std::min(path.find('/', at + 1), path.size());
        segments.push_back(path.substr(at + 1, end - at - 1));
        at = end;
    }
    return segments;
}

bool isParameter(const std::string& segment) {
    return segment.starts_with('{') && segment.ends_with('}');
}

bool matches(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
    if (pattern.size() != path.size()) return false;
    for (std::size_t i = 0; i < path.size(); ++i)
        if (isParameter(pattern[i]) ? path[i].empty() : pattern[i] != path[i]) return false;
    return true;
}

std::map<std::string, std::string> parametersOf(const std::vector<std::string>& pattern,
                                                const std::string& path) {
    std::map<std::string, std::string> values;
    const std::vector<std::string> segments = split(path);
    for (std::size_t i = 0; i < pattern.size(); ++i)
        if (isParameter(pattern[i])) values.emplace(pattern[i].substr(1, pattern[i].size() - 2), segments[i]);
    return values;
}

} // namespace

Router::Route& Router::at(const std::string& path) {
    Route& route = routes_[path];
    if (path.find('{') != std::string::npos) route.segments = split(path);
    return route;
}

void Router::add(const std::string& method, const std::string& path, Handler handler) {
    at(path).handlers[method] = std::move(handler);
}

void Router::addSocket(const std::string& path, SocketHandler handler) {
    at(path).socket = std::move(handler);
}

void Router::addOtherwise(const std::string& path, Handler handler) {
    at(path).otherwise = std::move(handler);
}

Router::Routes::const_iterator Router::find(const std::string& path) const {
    // A request that spells out the braces asks for no route of ours.
    const auto exact = routes_.find(path);
    if (exact != routes_.end() && exact->second.segments.empty()) return exact;
    if (!path.starts_with('/')) return routes_.end();
    const std::vector<std::string> segments = split(path);
    return std::find_if(routes_.begin(), routes_.end(), [&](const auto& entry) {
        return !entry.second.segments.empty() && matches(entry.second.segments, segments);
    });
}

Response Router::answer(const Request& request) const {
    const auto found = find(request.path);
    if (found == routes_.end()) return problem(404, "not_found", "There is nothing at this path.");
    const Route& route = found->second;
    if (request.method == "OPTIONS") return Response{204}.with("Allow", methodsOf(route));
    const std::string method = request.method == "HEAD" ? "GET" : request.method;
    if (const auto handler = route.handlers.find(method); handler != route.handlers.end()) {
        if (route.segments.empty()) return handler->second(request);
        Request filled = request;
        filled.parameters = parametersOf(route.segments, request.path);
        return handler->second(filled);
    }
    if (route.otherwise) return route.otherwise(request);
    if (route.socket && method == "GET") return upgradeRequired();
    return problem(405, "method_not_allowed", "This path answers " + methodsOf(route) + '.')
        .with("Allow", methodsOf(route));
}

bool Router::takesBody(const std::string& method, const std::string& path) const {
    if (method == "GET" || method == "HEAD" || method == "OPTIONS") return false;
    const auto found = find(path);
    return found != routes_.end() && found->second.handlers.contains(method);
}

const SocketHandler* Router::socketAt(const std::string& path) const {
    const auto found = find(path);
    return found != routes_.end() && found->second.socket ? &found->second.socket : nullptr;
}

std::string Router::methods(const std::string& path) const {
    const auto found = find(path);
    return found == routes_.end() ? std::string() : methodsOf(found->second);
}

std::string Router::endpointAt(const std::string& path) const {
    const auto found = find(path);
    return found == routes_.end() ? std::string() : found->first;
}

std::vector<Router::Endpoint> Router::endpoints() const {
    std::vector<Endpoint> all;
    for (const auto& [path, route] : routes_)
        all.push_back({path, methodsOf(route), static_cast<bool>(route.socket)});
    return all;
}

std::string Router::methodsOf(const Route& route) {
    std::string list;
    for (const auto& [method, handler] : route.handlers)
        list += method + (method == "GET" ? ", HEAD, " : ", ");
    if (route.socket && !route.handlers.contains("GET")) list += "GET, ";
    return list + "OPTIONS";
}

} // namespace lm::http
