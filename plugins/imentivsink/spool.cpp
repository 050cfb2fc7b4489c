#include "plugins/imentivsink/spool.hpp"

#include "plugins/common/cboundary.hpp"

#include <map>
#include <utility>

namespace lm::imentivsink {
namespace {

constexpr std::size_t kBatch = 64; // blocks that become durable together

/// The spools of the process. One that has died stays until it has let go of its directory.
Guarded<std::map<std::string, std::weak_ptr<Spool>>> spools;
std::condition_variable closed;

std::string canonical(const std::string& directory) {
    const Owned<char> path(g_canonicalize_filename(directory.c_str(), nullptr));
    return path.get();
}

} // namespace

struct Spool::Shared {
    explicit Shared(std::unique_ptr<Store> s) : store(std::move(s)) {}

    Guarded<Work> work;
    std::condition_variable changed;
    std::unique_ptr<Store> store;

    void loop() {
        auto w = work.lock();
        for (;;) {
            w.wait(changed, [&] { return w->ending || !w->jobs.empty(); });
            if (w->jobs.empty()) return;
            std::vector<Job> batch;
            do {
                batch.push_back(std::move(w->jobs.front()));
                w->jobs.pop_front();
            } while (batch.back().write && batch.size() < kBatch && !w->jobs.empty() &&
                     w->jobs.front().write);
            w->busy = true;
            w.unlocked([&] { fence("spool", [&] { handle(std::exchange(batch, {})); }); });
            w->busy = false;
            changed.notify_all();
        }
    }

    void handle(std::vector<Job> batch) {
        if (!batch.front().write) return batch.front().call(*store);
        std::vector<SpoolWrite> blocks;
        for (Job& job : batch)
            blocks.push_back(std::move(job.write->block));
        auto errors = store->write(blocks);
        for (std::size_t i = 0; i < blocks.size(); ++i)
            batch[i].write->done(std::move(blocks[i]), std::move(errors[i]));
    }
};

Result<std::shared_ptr<Spool>> Spool::open(const std::string& directory) {
    const std::string path = canonical(directory);
    auto known = spools.lock();
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    known.waitUntil(closed, deadline, [&] {
        const auto it = known->find(path);
        return it == known->end() || !it->second.expired();
    });
    if (const auto it = known->find(path); it != known->end())
        if (auto spool = it->second.lock()) return spool;
    auto store = Store::open(path);
    if (!store) return store.error();
    std::shared_ptr<Spool> spool(new Spool(path, std::move(*store)));
    (*known)[path] = spool;
    return spool;
}

Spool::Spool(std::string directory, std::unique_ptr<Store> store)
    : directory_(std::move(directory)), shared_(std::make_shared<Shared>(std::move(store))),
      thread_([shared = shared_] { shared->loop(); }) {}

Spool::~Spool() {
    bool done = false;
    {
        auto w = shared_->work.lock();
        w->ending = true;
        shared_->changed.notify_all();
        const auto deadline = std::chrono::steady_clock::now() + kPatience;
        done = w.waitUntil(shared_->changed, deadline, [&] { return w->jobs.empty() && !w->busy; });
    }
    if (done && thread_.get_id() != std::this_thread::get_id())
        thread_.join();
    else
        thread_.detach();
    shared_.reset();
    {
        auto known = spools.lock();
        const auto it = known->find(directory_);
        if (it != known->end() && it->second.expired()) known->erase(it);
    }
    closed.notify_all();
}

void Spool::push(Job job) {
    shared_->work.lock()->jobs.push_back(std::move(job));
    shared_->changed.notify_all();
}

void Spool::write(SpoolWrite block, Written done) {
    push({Write{std::move(block), std::move(done)}, {}});
}

void Spool::run(std::function<void(Store&)> job) {
    push({std::nullopt, std::move(job)});
}

} // namespace lm::imentivsink
