#include "service/pipelinelog/linewriter.hpp"

#include "plugins/common/cboundary.hpp"
#include "plugins/common/guarded.hpp"
#include "service/logging/log.hpp"
#include "service/pipelinelog/appender.hpp"

#include <deque>
#include <system_error>
#include <thread>

namespace lm::pipelinelog {
namespace {

/// A line to be: its text is made on the writer's thread.
struct Item {
    std::string path;
    LineWriter::Line line;
};

struct Queue {
    std::deque<Item> items;
    std::size_t bytes = 0; // about, of the items
    bool writing = false;
    bool ending = false;
    bool overflowing = false; // a run of losses has begun
    std::uint64_t lost = 0;
};

} // namespace

struct LineWriter::Shared {
    Shared(std::string name, std::size_t m, std::size_t b, std::size_t o)
        : component(std::move(name)), maxQueued(m), maxBytes(b), maxOpen(o) {}
    const std::string component;
    const std::size_t maxQueued, maxBytes, maxOpen;
    Guarded<Queue> queue;
    std::condition_variable changed;

    void run() {
        Appender appender(maxOpen);
        bool failing = false;
        auto q = queue.lock();
        for (;;) {
            q.wait(changed, [&] { return q->ending || !q->items.empty(); });
            if (q->items.empty()) return;
            std::deque<Item> batch = std::exchange(q->items, {});
            q->bytes = 0;
            q->writing = true;
            std::uint64_t lost = 0;
            q.unlocked([&] { lost = write(appender, batch, failing); });
            q->lost += lost;
            q->writing = false;
            if (q->items.empty()) q->overflowing = false;
            changed.notify_all();
        }
    }

    /// Returns how many lines could not be written.
    std::uint64_t write(Appender& appender, const std::deque<Item>& batch, bool& failing) const {
        std::uint64_t lost = 0;
        for (const Item& item : batch)
            fence(component.c_str(), [&] {
                const auto line = item.line();
                if (!line) return;
                const int failed = appender.append(item.path, *line + "\n");
                if (failed) ++lost;
                if (failed && !failing)
                    logging::error(
                        component.c_str(), "lines cannot be written and are lost",
                        {{"file", item.path}, {"reason", std::generic_category().message(failed)}});
                failing = failed != 0;
            });
        return lost;
    }
};

LineWriter::LineWriter(std::string component, std::size_t maxQueued, std::size_t maxBytes,
                       std::size_t maxOpen)
    : shared_(std::make_shared<Shared>(std::move(component), maxQueued, maxBytes, maxOpen)) {
    // Detached on purpose, with a share of what it uses: a join could wait for a dead disk for ever.
    std::thread([shared = shared_] { shared->run(); }).detach();
}

LineWriter::~LineWriter() {
    flush(patience);
    shared_->queue.lock()->ending = true;
    shared_->changed.notify_all();
}

void LineWriter::add(std::string path, std::size_t weight, Line line) {
    weight += sizeof(Item) + path.size();
    Item item{std::move(path), std::move(line)};
    bool first = false;
    {
        auto q = shared_->queue.lock();
        if (q->items.size() < shared_->maxQueued && q->bytes + weight <= shared_->maxBytes) {
            q->bytes += weight;
            q->items.push_back(std::move(item));
        } else {
            ++q->lost;
            first = !std::exchange(q->overflowing, true);
        }
    }
    shared_->changed.notify_all();
    if (first)
        logging::warning(shared_->component.c_str(), "the disk is too slow; lines are lost",
                         {{"file", item.path}});
}

bool LineWriter::flush(std::chrono::milliseconds deadline) {
    auto q = shared_->queue.lock();
    return q.waitUntil(shared_->changed, std::chrono::steady_clock::now() + deadline,
                       [&] { return q->items.empty() && !q->writing; });
}

std::size_t LineWriter::queued() const {
    return shared_->queue.lock()->items.size();
}

std::uint64_t LineWriter::lost() const {
    return shared_->queue.lock()->lost;
}

} // namespace lm::pipelinelog
