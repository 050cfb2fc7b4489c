#include "service/replicas/postgresrelay.hpp"

#include "service/logging/log.hpp"
#include "service/replicas/listener.hpp"
#include "service/replicas/waiting.hpp"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <stdexcept>
#include <thread>
#include <utility>

namespace lm::replicas {
PostgresRelay::Shared::~Shared() {
    if (wake >= 0) ::close(wake);
}

PostgresRelay::PostgresRelay(store::PostgresAddress address, const std::string& space, std::string uid,
                             Callbacks callbacks)
    : shared_(std::make_shared<Shared>()) {
    shared_->wake = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (shared_->wake < 0) throw std::runtime_error("eventfd failed");
    *shared_->callbacks.lock() = std::move(callbacks);
    std::thread thread(
        [shared = shared_, listener = Listener(std::move(address), space, std::move(uid))]() mutable {
            listener.run(*shared);
        });
    pthread_setname_np(thread.native_handle(), "lm-replicas");
    thread.detach();
}

PostgresRelay::~PostgresRelay() {
    shared_->queue.lock()->stopped = true;
    *shared_->callbacks.lock() = {};
    ::eventfd_write(shared_->wake, 1);
}

void PostgresRelay::send(socketio::ClusterMessage message) {
    const std::size_t bytes = message.bytes();
    {
        auto queue = shared_->queue.lock();
        if (queue->connected && queue->messages.size() < maxWaitingMessages &&
            queue->bytes + bytes <= maxWaitingBytes) {
            queue->bytes += bytes;
            queue->messages.push_back(std::move(message));
            ::eventfd_write(shared_->wake, 1);
            return;
        }
    }
    ++shared_->dropped;
}

} // namespace lm::replicas
