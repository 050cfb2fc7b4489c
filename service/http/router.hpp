#pragma once

#include "plugins/common/handles.hpp"
#include "service/http/request.hpp"
#include "service/http/response.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace lm::http {

using Handler = std::function<Response(const Request&)>;

/// The decision over a WebSocket request, made before its handshake: refused, or a receiver of the upgraded
/// connection. The receiver runs at most once and is destroyed unused when the peer goes before its 101.
struct Admission {
    Response refusal = {};
    std::function<void(Ref<GIOStream>)> accepted = {};
    /// Set: nothing else counts, and this, called at once, sees to it that the decision is given later; any
    /// thread, once. The client waits for its 101 until then, as long as a request may take. The decision
    /// must not be put off again.
    std::function<void(std::function<void(Admission)>)> later = {};
};
using SocketHandler = std::function<Admission(const Request&)>;

/// Path and method to a handler. A segment of a path in braces, `/api/tracks/{id}`, takes any text without a
/// slash but the empty one, and hands it over as Request::parameters; a path without braces comes first.
/// Everything without a handler gets its answer here: 404, 405 with `Allow`, 204 for OPTIONS, 426 for a
/// WebSocket path asked without an upgrade.
class Router {
public:
    void add(const std::string& method, const std::string& path, Handler handler);
    void addSocket(const std::string& path, SocketHandler handler);
    /// Answers at this path the methods for which nothing was added, in place of 405. Must not answer later.
    void addOtherwise(const std::string& path, Handler handler);

    /// What a request is counted and documented as.
    struct Endpoint {
        std::string path; // as added, with its braces
        std::string methods;
        bool socket = false;
    };
    /// Every path there is.
    std::vector<Endpoint> endpoints() const;

    /// The answer to a request that is not an upgrade. HEAD is answered as GET; who sends it leaves the body
    /// out.
    Response answer(const Request& request) const;
    /// True when there is a handler that reads a body.
    bool takesBody(const std::string& method, const std::string& path) const;
    /// The WebSocket endpoint at a path, nullptr when there is none.
    const SocketHandler* socketAt(const std::string& path) const;
    /// The methods of a path for `Allow`; empty when there is no such path.
    std::string methods(const std::string& path) const;
    /// The path as it was added, of which there are few; empty when there is none.
    std::string endpointAt(const std::string& path) const;

private:
    struct Route {
        std::map<std::string, Handler> handlers;
        SocketHandler socket;
        Handler otherwise;
        std::vector<std::string> segments; // empty: the path has no braces
    };
    using Routes = std::map<std::string, Route>;
    Route& at(const std::string& path);
    Routes::const_iterator find(const std::string& path) const;
    static std::string methodsOf(const Route& route);
    Routes routes_;
};

} // namespace lm::http
