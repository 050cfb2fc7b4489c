#pragma once

#include "plugins/common/guarded.hpp"
#include "plugins/common/ingest/client.hpp"
#include "plugins/common/ingest/lateness.hpp"

#include <atomic>
#include <memory>
#include <thread>
#include <unordered_map>
#include <vector>

namespace lm::ingest {

/// One ingest thread: an epoll set that is asked once per tick, so the number of wake-ups does not depend on
/// the number of clients or on how their data arrives.
class Worker {
public:
    using Id = std::uint64_t;

    /// Of its thread, where the process may raise one so far: see setpriority(2), which on Linux is about one thread.
    static constexpr int niceness = -10;

    Worker(unsigned index, std::chrono::milliseconds tick);
    /// Joins the thread; clients that are still there are dropped without a further call.
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    /// Starts visiting `client` when `descriptor` is readable. Thread-safe. False when the kernel refuses the
    /// descriptor (errno is set).
    bool add(Id id, int descriptor, std::shared_ptr<Client> client);
    /// Stops visiting. When this returns no call into the client is running or will come, unless it is called
    /// from the client itself. Idempotent, thread-safe; must come before the descriptor is closed.
    void remove(Id id);
    /// Stops visiting without waiting for a visit that is running, and starts again: for a pause that may be
    /// asked for while the client is blocked downstream. `resume` is false when the kernel refuses the
    /// descriptor.
    void suspend(Id id);
    bool resume(Id id);
    /// The client is visited at the next tick even if nothing can be read. Thread-safe.
    void poke(Id id);

    std::size_t load() const { return load_.load(std::memory_order_relaxed); }
    const Lateness& lateness() const { return lateness_; }

private:
    struct Entry {
        int descriptor;
        std::shared_ptr<Client> client;
        bool poked = false;
        bool suspended = false;
    };
    struct Shared {
        std::unordered_map<Id, Entry> entries;
        std::vector<Id> poked;
        Id visiting = 0; // 0: none
        bool stop = false;
    };

    bool watch(Id id, int descriptor) const;
    void run();
    void round(Clock::time_point now, bool housekeeping);
    /// Calls `call` on the client unless it has been removed; takes it out when it wants to leave.
    template <typename Call> void visit(Id id, Call call);
    bool sleepUntil(Clock::time_point deadline);

    const std::chrono::milliseconds tick_;
    const unsigned index_;
    int epoll_;
    Guarded<Shared> shared_;
    std::condition_variable changed_; // visiting ended, or stop
    std::atomic<std::size_t> load_{0};
    Lateness lateness_;
    std::vector<std::uint8_t> scratch_;
    std::vector<Id> ready_;
    std::thread thread_;
};

} // namespace lm::ingest
