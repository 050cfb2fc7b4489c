#pragma once

#include "service/config/settings.hpp"
#include "service/engineio/endpoint.hpp"
#include "service/gateway/chat.hpp"
#include "service/gateway/conformance.hpp"
#include "service/gateway/publisher.hpp"
#include "service/replicas/postgresrelay.hpp"
#include "service/replicas/waiting.hpp"
#include "service/socketio/server.hpp"

namespace lm::gateway {

/// The real-time side of the daemon: Socket.IO at `/socket.io/`, on a thread of its own, so that a broadcast
/// to a thousand clients costs neither the main thread nor a media path anything.
class Gateway : public Publisher {
public:
    Gateway(const config::HttpSettings& http, const config::RealtimeSettings& settings, Admission admission);
    ~Gateway() override;

    /// Shares broadcasts with the other replicas on a PostgreSQL server. Once, before clients come.
    void shareBy(const store::PostgresAddress& address);
    /// The router's front must be gone before the gateway is.
    void attach(http::Router& router);
    /// Ends all connections in order; their clients come back, to another server or later. Does not wait.
    void close();

    /// Never, once there may be other replicas: the clients of a room may be theirs.
    bool idle() const override { return conformance_ || (!cluster_ && chat_.clients() == 0); }
    void publish(const std::string& room, const char* event, std::string json) override;
    /// Events of the daemon that were too many. Any thread.
    /// Broadcasts that did not go to other replicas. Any thread.
    std::uint64_t unshared() const { return relay_ ? relay_->dropped() : 0; }
    std::uint64_t unpublished() const { return unpublished_; }

    const engineio::Stats& stats() const { return sockets_.stats(); }
    std::size_t sessions() const { return sockets_.sessions(); }
    const Chat& chat() const { return chat_; }

private:
    const bool conformance_;
    std::atomic<std::size_t> pending_{0}; // events on their way to the thread
    std::atomic<std::uint64_t> unpublished_{0};
    replicas::Waiting shared_; // what came of other replicas
    Chat chat_;
    SocketEcho echo_;
    EngineEcho engineEcho_;
    socketio::Server server_;
    LoopThread thread_{"lm-realtime"};
    engineio::Endpoint sockets_;
    std::unique_ptr<socketio::Cluster> cluster_;
    std::unique_ptr<replicas::PostgresRelay> relay_; // calls the thread of the sessions
    std::unique_ptr<engineio::Endpoint> bare_;       // Engine.IO alone, for its suite
};

} // namespace lm::gateway
