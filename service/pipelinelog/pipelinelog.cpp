#include "service/pipelinelog/pipelinelog.hpp"

#include "plugins/common/cboundary.hpp"
#include "plugins/common/guarded.hpp"
#include "service/domain/filename.hpp"
#include "service/logging/log.hpp"
#include "service/pipelinelog/appender.hpp"
#include "service/pipelinelog/line.hpp"

#include <deque>
#include <filesystem>
#include <system_error>
#include <thread>

namespace lm::pipelinelog {
namespace {

constexpr char component[] = "pipeline-log";

/// A line to be: its text is made on the writer's thread.
struct Item {
    std::string path;
    std::function<std::optional<std::string>()> line;
};

std::size_t weightOf(const pipeline::TrackInfo& track) {
    const domain::EgressRequest& r = track.request;
    return sizeof(Item) + sizeof track + track.id.size() + track.recording.size() + r.room.size() +
           r.participant.size() + r.trackId.size() + r.meetingId.size();
}

struct Queue {
    std::deque<Item> items;
    std::size_t bytes = 0; // about, of the items
    bool writing = false;
    bool ending = false;
    bool overflowing = false; // a run of losses has begun
    std::uint64_t lost = 0;
};

} // namespace

struct PipelineLog::Shared {
    Shared(std::size_t m, std::size_t b) : maxQueued(m), maxBytes(b) {}
    const std::size_t maxQueued, maxBytes;
    Guarded<Queue> queue;
    std::condition_variable changed;

    void run() {
        Appender appender;
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
    static std::uint64_t write(Appender& appender, const std::deque<Item>& batch, bool& failing) {
        std::uint64_t lost = 0;
        for (const Item& item : batch)
            fence(component, [&] {
                const auto line = item.line();
                if (!line) return;
                const int failed = appender.append(item.path, *line + "\n");
                if (failed) ++lost;
                if (failed && !failing)
                    logging::error(
                        component, "lines cannot be written and are lost",
                        {{"file", item.path}, {"reason", std::generic_category().message(failed)}});
                failing = failed != 0;
            });
        return lost;
    }
};

PipelineLog::PipelineLog(std::string dir, std::size_t maxQueued, std::size_t maxBytes, Clock clock)
    : dir_(std::move(dir)), clock_(std::move(clock)), shared_(std::make_shared<Shared>(maxQueued, maxBytes)) {
    // Detached on purpose, with a share of what it uses: a join could wait for a dead disk for ever.
    std::thread([shared = shared_] { shared->run(); }).detach();
}

PipelineLog::~PipelineLog() {
    flush(patience);
    shared_->queue.lock()->ending = true;
    shared_->changed.notify_all();
}

void PipelineLog::add(const pipeline::TrackInfo& track, std::size_t weight,
                      std::function<std::optional<std::string>()> line) {
    const std::string name = domain::pathComponent(track.request.meetingOrRoom()) + ".log";
    Item item{std::filesystem::path(dir_) / name, std::move(line)};
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
    if (first) logging::warning(component, "the disk is too slow; lines are lost", {{"file", item.path}});
}

void PipelineLog::trackStarted(const pipeline::TrackInfo& track) {
    add(track, weightOf(track), [track, now = clock_()] { return startedLine(track, now); });
}

void PipelineLog::trackEvent(const pipeline::TrackInfo& track, const pipeline::Event& event) {
    if (hasLine(event))
        add(track, weightOf(track) + pipeline::weightOf(event),
            [track, event, now = clock_()] { return eventLine(track, event, now); });
}

void PipelineLog::trackEnded(const pipeline::TrackInfo& track, const pipeline::Outcome& outcome) {
    add(track, weightOf(track) + outcome.message.size(),
        [track, outcome, now = clock_()] { return endedLine(track, outcome, now); });
}

bool PipelineLog::flush(std::chrono::milliseconds deadline) {
    auto q = shared_->queue.lock();
    return q.waitUntil(shared_->changed, std::chrono::steady_clock::now() + deadline,
                       [&] { return q->items.empty() && !q->writing; });
}

std::uint64_t PipelineLog::lost() const {
    return shared_->queue.lock()->lost;
}

} // namespace lm::pipelinelog
