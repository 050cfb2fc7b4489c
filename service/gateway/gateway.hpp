#pragma once

#include "service/config/settings.hpp"
#include "service/engineio/endpoint.hpp"
#include "service/gateway/chat.hpp"
#include "service/gateway/conformance.hpp"
#include "service/socketio/server.hpp"

namespace lm::gateway {

/// The real-time side of the daemon: Socket.IO at `/socket.io/`, on a thread of its own, so that a broadcast
/// to a thousand clients costs neither the main thread nor a media path anything.
class Gateway {
public:
    explicit Gateway(const config::HttpSettings& http, const config::RealtimeSettings& settings);

    /// The router's front must be gone before the gateway is.
    void attach(http::Router& router);
    /// Ends all connections in order; their clients come back, to another server or later. Does not wait.
    void close();

    const engineio::Stats& stats() const { return sockets_.stats(); }
    std::size_t sessions() const { return sockets_.sessions(); }
    const Chat& chat() const { return chat_; }

private:
    const bool conformance_;
    Chat chat_;
    SocketEcho echo_;
    EngineEcho engineEcho_;
    socketio::Server server_;
    LoopThread thread_{"lm-realtime"};
    engineio::Endpoint sockets_;
    std::unique_ptr<engineio::Endpoint> bare_; // Engine.IO alone, for its suite
};

} // namespace lm::gateway
