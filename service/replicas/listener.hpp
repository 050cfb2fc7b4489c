#pragma once

#include "service/replicas/postgresrelay.hpp"

#include <chrono>
#include <memory>

struct pg_conn;
struct pg_result;

namespace lm::replicas {

/// The thread's side of a PostgresRelay: connects, listens, sends, and begins anew when the database was
/// away.
class Listener {
public:
    Listener(store::PostgresAddress address, const std::string& space, std::string uid)
        : address_(std::move(address)), channel_("socket.io#" + space), uid_(std::move(uid)) {}

    /// Returns when the relay is gone.
    void run(PostgresRelay::Shared& shared);

private:
    using Clock = std::chrono::steady_clock;
    struct Finish {
        void operator()(pg_conn* connection) const;
    };
    struct Clear {
        void operator()(pg_result* result) const;
    };
    using Result = std::unique_ptr<pg_result, Clear>;

    bool connect();
    void serve(PostgresRelay::Shared& shared);
    /// False when the relay is gone.
    bool sendWaiting(PostgresRelay::Shared& shared);
    bool send(const socketio::ClusterMessage& message);
    bool notify(const std::string& payload);
    std::optional<std::string> store(const socketio::ClusterMessage& message);
    void receive(PostgresRelay::Shared& shared, const char* payload);
    std::optional<socketio::ClusterMessage> fetch(const std::string& id);
    bool execute(const std::string& sql);
    static void wait(const PostgresRelay::Shared& shared, int descriptor, std::chrono::milliseconds time);

    store::PostgresAddress address_;
    std::string channel_;
    std::string uid_;
    std::unique_ptr<pg_conn, Finish> connection_;
    bool away_ = false; // has been logged
};

} // namespace lm::replicas
