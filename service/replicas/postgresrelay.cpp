#include "service/replicas/postgresrelay.hpp"

#include "service/logging/log.hpp"
#include "service/replicas/listener.hpp"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <stdexcept>
#include <thread>
#include <utility>

namespace lm::replicas {
namespace {

constexpr std::size_t maxMessages = 4096;
constexpr std::size_t maxBytes = 16 << 20;

std::size_t weightOf(const socketio::ClusterMessage& message) {
    std::size_t bytes = message.json.size();
    for (const auto& attachment : message.attachments)
        bytes += attachment->size();
    return bytes;
}

} // namespace

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
    const std::size_t bytes = weightOf(message);
    {
        auto queue = shared_->queue.lock();
        if (queue->connected && queue->messages.size() < maxMessages && queue->bytes + bytes <= maxBytes) {
            queue->bytes += bytes;
            queue->messages.push_back(std::move(message));
            ::eventfd_write(shared_->wake, 1);
            return;
        }
    }
    ++shared_->dropped;
}

} // namespace lm::replicas
