#pragma once

#include "plugins/common/ingest/worker.hpp"

namespace lm::ingest {

/// The ingest threads of the process, as many as there are cores, shared by all sources that use the same
/// tick.
class Pool : public std::enable_shared_from_this<Pool> {
public:
    /// The pool of this tick; created on first use, gone (threads joined) with its last user.
    static std::shared_ptr<Pool> shared(std::chrono::milliseconds tick);

    Pool(std::chrono::milliseconds tick, unsigned threads);

    /// Of its threads: the worst since they started, and of the last seconds.
    struct LatenessReading {
        std::chrono::nanoseconds worst{0};
        std::chrono::nanoseconds recent{0};
    };

    /// A client's place in the pool. Destroying it removes the client, with the guarantee of Worker::remove.
    class Place {
    public:
        Place() = default;
        Place(std::shared_ptr<Pool> pool, Worker* worker, Worker::Id id)
            : pool_(std::move(pool)), worker_(worker), id_(id) {}
        Place(Place&& other) noexcept { *this = std::move(other); }
        Place& operator=(Place&& other) noexcept;
        ~Place() { leave(); }

        void leave();
        void poke() const {
            if (worker_) worker_->poke(id_);
        }
        void suspend() const {
            if (worker_) worker_->suspend(id_);
        }
        bool resume() const { return !worker_ || worker_->resume(id_); }
        explicit operator bool() const { return worker_ != nullptr; }
        LatenessReading lateness() const { return pool_ ? pool_->lateness() : LatenessReading(); }

    private:
        std::shared_ptr<Pool> pool_;
        Worker* worker_ = nullptr;
        Worker::Id id_ = 0;
    };

    /// Puts the client on the thread that has the fewest; an empty place when the kernel refuses (errno is
    /// set).
    Place add(int descriptor, std::shared_ptr<Client> client);

    LatenessReading lateness() const;
    std::chrono::nanoseconds worstLateness() const { return lateness().worst; }

private:
    std::vector<std::unique_ptr<Worker>> workers_;
    std::atomic<Worker::Id> nextId_{1};
};

} // namespace lm::ingest
