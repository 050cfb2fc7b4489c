#include "plugins/common/ingest/worker.hpp"

#include "plugins/common/cboundary.hpp"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <system_error>

namespace lm::ingest {
namespace {

// More than a tick of the fastest track we expect; a visit that fills it reads again.
constexpr std::size_t scratchBytes = 256 * 1024;
constexpr auto housekeepingInterval = std::chrono::seconds(1);

/// Lets the calling thread go before the other threads of the process, whatever HTTP or the database have to do:
/// what waits in a socket is nowhere else yet. A process without the right to it (CAP_SYS_NICE, or RLIMIT_NICE) goes on
/// as it is.
void goFirst() {
    (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), Worker::niceness);
}

} // namespace

Worker::Worker(unsigned index, std::chrono::milliseconds tick)
    : tick_(tick), index_(index), epoll_(epoll_create1(EPOLL_CLOEXEC)), scratch_(scratchBytes) {
    if (epoll_ < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
    thread_ = std::thread([this] { fence("ingest thread", [this] { run(); }); });
    pthread_setname_np(thread_.native_handle(), ("lm-ingest-" + std::to_string(index)).c_str());
}

Worker::~Worker() {
    shared_.lock()->stop = true;
    changed_.notify_all();
    thread_.join();
    ::close(epoll_);
}

bool Worker::add(Id id, int descriptor, std::shared_ptr<Client> client) {
    auto shared = shared_.lock();
    if (!watch(id, descriptor)) return false;
    shared->entries.emplace(id, Entry{descriptor, std::move(client)});
    load_.store(shared->entries.size(), std::memory_order_relaxed);
    return true;
}

void Worker::remove(Id id) {
    std::shared_ptr<Client> last; // destroyed after the lock is released
    auto shared = shared_.lock();
    if (const auto found = shared->entries.find(id); found != shared->entries.end()) {
        if (!found->second.suspended) epoll_ctl(epoll_, EPOLL_CTL_DEL, found->second.descriptor, nullptr);
        last = std::move(found->second.client);
        shared->entries.erase(found);
        load_.store(shared->entries.size(), std::memory_order_relaxed);
    }
    if (std::this_thread::get_id() == thread_.get_id()) return;
    shared.wait(changed_, [&] { return shared->visiting != id; });
}

void Worker::suspend(Id id) {
    auto shared = shared_.lock();
    const auto found = shared->entries.find(id);
    if (found == shared->entries.end() || std::exchange(found->second.suspended, true)) return;
    epoll_ctl(epoll_, EPOLL_CTL_DEL, found->second.descriptor, nullptr);
}

bool Worker::resume(Id id) {
    auto shared = shared_.lock();
    const auto found = shared->entries.find(id);
    if (found == shared->entries.end() || !found->second.suspended) return true;
    if (!watch(id, found->second.descriptor)) return false;
    found->second.suspended = false;
    return true;
}

bool Worker::watch(Id id, int descriptor) const {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP;
    event.data.u64 = id;
    return epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void Worker::poke(Id id) {
    auto shared = shared_.lock();
    const auto found = shared->entries.find(id);
    if (found == shared->entries.end() || std::exchange(found->second.poked, true)) return;
    shared->poked.push_back(id);
}

template <typename Call> void Worker::visit(Id id, Call call) {
    std::shared_ptr<Client> client;
    {
        auto shared = shared_.lock();
        const auto found = shared->entries.find(id);
        if (found == shared->entries.end() || found->second.suspended) return;
        client = found->second.client;
        shared->visiting = id;
    }
    const auto next = fence("ingest visit", Client::Next::Leave, [&] { return call(*client); });
    if (next == Client::Next::Again) poke(id);
    if (next == Client::Next::Leave) {
        remove(id);
        fence("ingest leave", [&] { client->onLeft(); });
    }
    client.reset();
    shared_.lock()->visiting = 0;
    changed_.notify_all();
}

void Worker::round(Clock::time_point now, bool housekeeping) {
    std::array<epoll_event, 256> events;
    ready_.clear();
    {
        auto shared = shared_.lock();
        ready_.swap(shared->poked);
        for (const Id id : ready_)
            if (const auto found = shared->entries.find(id); found != shared->entries.end())
                found->second.poked = false;
    }
    const auto look = [&](Client& client) { return client.onVisit(scratch_, now); };
    for (const Id id : ready_)
        visit(id, look);
    // Level-triggered: what did not fit into one answer is at the end of the kernel's list, so a few calls
    // see every ready socket, and one that keeps sending cannot keep us here.
    const std::size_t calls = load() / events.size() + 1;
    for (std::size_t i = 0; i < calls; ++i) {
        const int n = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 0);
        for (int k = 0; k < n; ++k)
            visit(events[static_cast<std::size_t>(k)].data.u64, look);
        if (n < static_cast<int>(events.size())) break;
    }
    if (!housekeeping) return;
    ready_.clear();
    for (auto shared = shared_.lock(); const auto& [id, entry] : shared->entries)
        ready_.push_back(id);
    for (const Id id : ready_)
        visit(id, [&](Client& client) { return client.onHousekeeping(now); });
}

bool Worker::sleepUntil(Clock::time_point deadline) {
    auto shared = shared_.lock();
    shared.waitUntil(changed_, deadline, [&] { return shared->stop; });
    return !shared->stop;
}

void Worker::run() {
    goFirst();
    // Threads start their rounds apart from each other, so that they do not all want the disk at once.
    auto due = Clock::now() + tick_ * (index_ % 8) / 8;
    auto nextHousekeeping = due + housekeepingInterval;
    while (sleepUntil(due)) {
        const auto now = Clock::now();
        const bool housekeeping = now >= nextHousekeeping;
        if (housekeeping) nextHousekeeping = now + housekeepingInterval;
        fence("ingest round", [&] { round(now, housekeeping); });
        const auto end = Clock::now();
        lateness_.record(due, end);
        due += tick_;
        if (due < end) due = end; // behind: go on at once, but do not try to catch up on rounds that are past
        lateness_.expect(due);
    }
}

} // namespace lm::ingest
