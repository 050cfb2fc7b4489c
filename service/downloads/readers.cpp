#include "service/downloads/readers.hpp"

#include "plugins/common/cboundary.hpp"
#include "plugins/common/guarded.hpp"

#include <pthread.h>

#include <deque>
#include <thread>

namespace lm::downloads {

struct Readers::Shared {
    struct State {
        std::deque<Job> waiting;
        bool ending = false;
    };
    const std::size_t mostWaiting;
    Guarded<State> state = {};
    std::condition_variable changed = {};

    explicit Shared(std::size_t most) : mostWaiting(most) {}

    void serve() {
        auto s = state.lock();
        for (;;) {
            s.wait(changed, [&] { return s->ending || !s->waiting.empty(); });
            if (s->ending) return;
            Job job = std::move(s->waiting.front());
            s->waiting.pop_front();
            s.unlocked([&] {
                fence("download", job);
                job = nullptr;
            });
        }
    }
};

Readers::Readers(unsigned threads, std::size_t mostWaiting, const char* name)
    : shared_(std::make_shared<Shared>(mostWaiting)) {
    for (unsigned i = 0; i < threads; ++i) {
        std::thread thread([shared = shared_] { shared->serve(); });
        pthread_setname_np(thread.native_handle(), name);
        thread.detach();
    }
}

Readers::~Readers() {
    std::deque<Job> dropped; // outside the lock: what they hold may be anything
    {
        auto s = shared_->state.lock();
        s->ending = true;
        dropped.swap(s->waiting);
    }
    shared_->changed.notify_all();
}

bool Readers::run(Job job) {
    {
        auto s = shared_->state.lock();
        if (s->ending || s->waiting.size() >= shared_->mostWaiting) return false;
        s->waiting.push_back(std::move(job));
    }
    shared_->changed.notify_one();
    return true;
}

} // namespace lm::downloads
