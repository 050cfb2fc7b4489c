#include "plugins/imentivsink/spool.hpp"

#include "plugins/common/cboundary.hpp"

#include <unistd.h>

#include <atomic>
#include <map>
#include <thread>
#include <utility>

namespace lm::imentivsink {
namespace {

constexpr std::size_t kBatch = 64; // blocks that become durable together

struct Known {
    std::weak_ptr<Spool> spool; // expired: its thread has still to let go of the directory
    bool opening = false;       // somebody is at it, without the lock
    bool isSettled() const { return !opening && !spool.expired(); }
};

struct Registry {
    Guarded<std::map<std::string, Known>> spools;
    std::condition_variable changed;
};

/// The spools of the process. For ever: a thread whose disk hangs may outlive everything else.
Registry& registry() {
    static auto* const all = new Registry;
    return *all;
}

void forget(const std::string& path) {
    registry().spools.lock()->erase(path);
    registry().changed.notify_all();
}

std::string canonical(const std::string& directory) {
    const Owned<char> path(g_canonicalize_filename(directory.c_str(), nullptr));
    return path.get();
}

} // namespace

struct Spool::Shared {
    Shared(std::string path, std::unique_ptr<Store> s) : directory(std::move(path)), store(std::move(s)) {}

    const std::string directory;
    Guarded<Work> work;
    std::condition_variable changed;
    std::unique_ptr<Store> store;

    void run() {
        loop();
        store.reset();
        forget(directory);
    }

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
            w.unlocked([&] { fence("spool", [&] { handle(std::exchange(batch, {})); }); });
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

Result<std::shared_ptr<Spool>> Spool::open(const std::string& directory, const Opener& opener) {
    const std::string path = canonical(directory);
    auto& [spools, changed] = registry();
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    auto known = spools.lock();
    for (;;) {
        const bool settled = known.waitUntil(changed, deadline, [&] {
            const auto it = known->find(path);
            return it == known->end() || it->second.isSettled();
        });
        if (!settled)
            return Error{"the spool directory '" + directory +
                             "' is still being opened or closed: is its disk blocked?",
                         "spool-directory"};
        const auto it = known->find(path);
        if (it == known->end()) break;
        if (auto spool = it->second.spool.lock()) return spool; // or it has just lost its last user
    }
    (*known)[path].opening = true;
    auto store = known.unlocked([&] { return opener(path); });
    known->erase(path);
    changed.notify_all();
    if (!store) return store.error();
    std::shared_ptr<Spool> spool(new Spool(path, std::move(*store)));
    (*known)[path].spool = spool;
    return spool;
}

bool Spool::awaitClosed(const std::string& directory) {
    const std::string path = canonical(directory);
    auto& [spools, changed] = registry();
    auto known = spools.lock();
    return known.waitUntil(changed, std::chrono::steady_clock::now() + kPatience, [&] {
        const auto it = known->find(path);
        return it == known->end() || it->second.opening || !it->second.spool.expired();
    });
}

Spool::Spool(std::string directory, std::unique_ptr<Store> store)
    : shared_(std::make_shared<Shared>(std::move(directory), std::move(store))) {
    // Detached, with a share of what it uses: a join could wait for a dead disk for ever.
    std::thread([shared = shared_] { shared->run(); }).detach();
}

Spool::~Spool() {
    shared_->work.lock()->ending = true;
    shared_->changed.notify_all();
}

const std::string& Spool::directory() const {
    return shared_->directory;
}

void Spool::push(Job job) {
    shared_->work.lock()->jobs.push_back(std::move(job));
    shared_->changed.notify_all();
}

void Spool::write(SpoolWrite block, Written done) {
    push({Write{std::move(block), std::move(done)}, {}});
}

void Spool::withdraw(const std::string& session) {
    std::vector<Write> withdrawn;
    {
        auto work = shared_->work.lock();
        std::erase_if(work->jobs, [&](Job& job) {
            const bool meant = job.write && job.write->block.name.session == session;
            if (meant) withdrawn.push_back(std::move(*job.write));
            return meant;
        });
    }
    for (Write& write : withdrawn)
        write.done(std::move(write.block), "the disk of the spool did not answer");
}

std::shared_ptr<Receipt> Spool::receipt(const std::shared_ptr<Spool>& spool, const FileName& name) {
    struct Removal : Receipt {
        Removal(const std::shared_ptr<Spool>& s, const FileName& n)
            : spool(s), directory(s->directory()), name(n) {}
        ~Removal() override {
            if (kept) return;
            if (const auto open = spool.lock())
                open->run([file = name](Store& store) { store.remove(file); });
            else // who holds a receipt for longer than anybody uses the directory can wait for its disk
                unlink((directory + "/" + name.text()).c_str());
        }
        void keepFile() override { kept = true; }

        const std::weak_ptr<Spool> spool;
        const std::string directory;
        const FileName name;
        std::atomic<bool> kept{false};
    };
    return std::make_shared<Removal>(spool, name);
}

void Spool::run(std::function<void(Store&)> job) {
    push({std::nullopt, std::move(job)});
}

} // namespace lm::imentivsink
