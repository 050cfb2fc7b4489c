#pragma once

#include "plugins/common/guarded.hpp"
#include "service/socketio/cluster.hpp"
#include "service/store/engine/address.hpp"

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <string>

namespace lm::replicas {

/// Carries messages between servers by PostgreSQL's LISTEN and NOTIFY, as `@socket.io/postgres-adapter` does:
/// on the channel `socket.io#<namespace>`; what is 8,000 bytes or holds bytes goes through the table
/// `socket_io_attachments`. A connection and a thread of its own, which nothing waits for. What is sent while
/// the database is away, or faster than it takes it, is dropped and counted: broadcasts are for the moment.
class PostgresRelay {
public:
    /// Called on the relay's thread, never after the end of the relay.
    struct Callbacks {
        std::function<void(socketio::ClusterMessage)> received;
        std::function<void()> connected;
        std::function<void()> beat; // every few seconds
    };
    /// `uid` is what our own messages are known by: they are not fetched.
    PostgresRelay(store::PostgresAddress address, const std::string& space, std::string uid,
                  Callbacks callbacks);
    ~PostgresRelay();
    PostgresRelay(const PostgresRelay&) = delete;
    PostgresRelay& operator=(const PostgresRelay&) = delete;

    /// Any thread; does not wait.
    void send(socketio::ClusterMessage message);
    std::uint64_t dropped() const { return shared_->dropped; }

    /// What the thread and the relay share; the thread may be the last to let go.
    struct Shared {
        struct Queue {
            std::deque<socketio::ClusterMessage> messages;
            std::size_t bytes = 0;
            bool connected = false;
            bool stopped = false;
        };
        Guarded<Queue> queue;
        Guarded<Callbacks> callbacks;
        std::atomic<std::uint64_t> dropped{0};
        int wake = -1;
        ~Shared();
    };

private:
    std::shared_ptr<Shared> shared_;
};

} // namespace lm::replicas
