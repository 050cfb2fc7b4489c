#include "plugins/common/ingest/pool.hpp"

#include <algorithm>
#include <map>

namespace lm::ingest {

std::shared_ptr<Pool> Pool::shared(std::chrono::milliseconds tick) {
    static Guarded<std::map<std::chrono::milliseconds, std::weak_ptr<Pool>>> pools;
    auto locked = pools.lock();
    auto& slot = (*locked)[tick];
    auto pool = slot.lock();
    if (!pool) slot = pool = std::make_shared<Pool>(tick, std::max(1u, std::thread::hardware_concurrency()));
    return pool;
}

Pool::Pool(std::chrono::milliseconds tick, unsigned threads) {
    for (unsigned i = 0; i < threads; ++i)
        workers_.push_back(std::make_unique<Worker>(i, tick));
}

Pool::Place Pool::add(int descriptor, std::shared_ptr<Client> client) {
    const auto least = std::min_element(workers_.begin(), workers_.end(),
                                        [](const auto& a, const auto& b) { return a->load() < b->load(); });
    const auto id = nextId_.fetch_add(1);
    if (!(*least)->add(id, descriptor, std::move(client))) return {};
    return {shared_from_this(), least->get(), id};
}

Pool::LatenessReading Pool::lateness() const {
    const auto now = Clock::now();
    LatenessReading all;
    for (const auto& worker : workers_) {
        all.worst = std::max(all.worst, worker->lateness().worst());
        all.recent = std::max(all.recent, worker->lateness().recent(now));
    }
    return all;
}

Pool::Place& Pool::Place::operator=(Place&& other) noexcept {
    if (this != &other) {
        leave();
        pool_ = std::move(other.pool_);
        worker_ = std::exchange(other.worker_, nullptr);
        id_ = other.id_;
    }
    return *this;
}

void Pool::Place::leave() {
    if (auto* worker = std::exchange(worker_, nullptr)) worker->remove(id_);
    pool_.reset();
}

} // namespace lm::ingest
