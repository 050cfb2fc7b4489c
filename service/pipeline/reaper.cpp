#include "service/pipeline/reaper.hpp"

#include "plugins/common/cboundary.hpp"
#include "plugins/common/guarded.hpp"
#include "service/logging/log.hpp"
#include "service/pipeline/busqueue.hpp"

#include <deque>
#include <thread>

namespace lm::pipeline {
namespace {

struct Job {
    Ref<GstElement> pipeline;
    std::function<void()> down;
};

struct Work {
    std::deque<Job> jobs;
    std::size_t running = 0; // jobs taken and not done
    bool ending = false;
};

void bury(Job job) {
    gst_element_set_state(job.pipeline.get(), GST_STATE_NULL);
    BusQueue::detach(job.pipeline.get());
    job.pipeline.reset();
    if (job.down) job.down();
}

} // namespace

struct Reaper::Shared {
    Guarded<Work> work;
    std::condition_variable changed;

    void run() {
        auto w = work.lock();
        for (;;) {
            w.wait(changed, [&] { return w->ending || !w->jobs.empty(); });
            if (w->jobs.empty()) return;
            Job job = std::move(w->jobs.front());
            w->jobs.pop_front();
            ++w->running;
            w.unlocked([&] { fence("reaper", [&] { bury(std::move(job)); }); });
            --w->running;
            changed.notify_all();
        }
    }
};

Reaper::Reaper(std::size_t threads) : shared_(std::make_shared<Shared>()) {
    // Detached on purpose, with a share of what they use: a join could wait for a dead disk for ever.
    for (std::size_t i = 0; i < threads; ++i)
        std::thread([shared = shared_] { shared->run(); }).detach();
}

Reaper::~Reaper() {
    auto w = shared_->work.lock();
    w->ending = true;
    shared_->changed.notify_all();
    const auto deadline = std::chrono::steady_clock::now() + patience;
    const bool done =
        w.waitUntil(shared_->changed, deadline, [&] { return w->jobs.empty() && w->running == 0; });
    const std::size_t left = w->jobs.size() + w->running;
    if (!done)
        w.unlocked([&] {
            logging::error("pipeline", "pipelines still hang and are abandoned; is a disk blocked?",
                           {{"count", left}});
        });
}

void Reaper::tearDown(Ref<GstElement> pipeline, std::function<void()> down) {
    shared_->work.lock()->jobs.push_back({std::move(pipeline), std::move(down)});
    shared_->changed.notify_all();
}

} // namespace lm::pipeline
