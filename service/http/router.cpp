#include "service/http/router.hpp"

namespace lm::http {
namespace {

Response upgradeRequired() {
    return problem(426, "upgrade_required", "This path is a WebSocket: connect with ws:// or wss://.")
        .with("Upgrade", "websocket")
        .with("Sec-WebSocket-Version", "13");
}

} // namespace

void Router::add(const std::string& method, const std::string& path, Handler handler) {
    routes_[path].handlers[method] = std::move(handler);
}

void Router::addSocket(const std::string& path, SocketHandler handler) {
    routes_[path].socket = std::move(handler);
}

Response Router::answer(const Request& request) const {
    const auto found = routes_.find(request.path);
    if (found == routes_.end())
        return problem(404, "not_found",
                       "There is nothing at this path. GET / and GET /health are answered.");
    const Route& route = found->second;
    if (request.method == "OPTIONS") return Response{204}.with("Allow", methods(request.path));
    const std::string method = request.method == "HEAD" ? "GET" : request.method;
    if (const auto handler = route.handlers.find(method); handler != route.handlers.end())
        return handler->second(request);
    if (route.socket && method == "GET") return upgradeRequired();
    return problem(405, "method_not_allowed", "This path answers " + methods(request.path) + '.')
        .with("Allow", methods(request.path));
}

bool Router::takesBody(const std::string& method, const std::string& path) const {
    if (method == "GET" || method == "HEAD" || method == "OPTIONS") return false;
    const auto found = routes_.find(path);
    return found != routes_.end() && found->second.handlers.contains(method);
}

const SocketHandler* Router::socketAt(const std::string& path) const {
    const auto found = routes_.find(path);
    return found != routes_.end() && found->second.socket ? &found->second.socket : nullptr;
}

std::string Router::methods(const std::string& path) const {
    const auto found = routes_.find(path);
    if (found == routes_.end()) return {};
    std::string list;
    for (const auto& [method, handler] : found->second.handlers)
        list += method + (method == "GET" ? ", HEAD, " : ", ");
    if (found->second.socket && !found->second.handlers.contains("GET")) list += "GET, ";
    return list + "OPTIONS";
}

} // namespace lm::http
