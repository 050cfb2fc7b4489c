#include "plugins/imentivsink/track.hpp"

#include <atomic>
#include <utility>

namespace lm::imentivsink {
namespace {

TrackId nextId() {
    static std::atomic<TrackId> last{0};
    return ++last;
}

} // namespace

Track::Track(Target to, Listener listener)
    : id(nextId()), target(std::move(to)), listener_(std::move(listener)),
      state_(State(target.maxQueueBytes)) {}

bool Track::push(Block block) {
    constexpr auto reason = "the queue of the track is full";
    const BlockInfo info = block.info;
    {
        auto state = state_.lock();
        if (state->queue.push(std::move(block))) {
            ++state->counters.accepted;
            return !std::exchange(state->known, true);
        }
    }
    drop(info, reason);
    return false;
}

void Track::drop(const BlockInfo& block, const std::string& reason) {
    ++state_.lock()->counters.dropped;
    listener_(Dropped{block, reason});
}

bool Track::drain() {
    auto state = state_.lock();
    state->queue.markFinal();
    state->draining = !state->queue.empty() || state->unreported > 0;
    return state->draining;
}

void Track::cancel(const std::string& reason, bool quietly) {
    std::vector<Block> blocks;
    {
        auto state = state_.lock();
        if (quietly) state->draining = false;
        blocks = state->queue.cancel();
        state->counters.failed += blocks.size();
        ++state->unreported;
    }
    for (const Block& block : blocks)
        listener_(Failed{block.info, block.attempts, 0, reason});
    reported();
}

Track::Snapshot Track::snapshot() {
    auto state = state_.lock();
    return {state->counters, state->queue.size(), state->queue.bytes(), state->queue.inFlight()};
}

std::optional<TrackQueue::Attempt> Track::begin() {
    return state_.lock()->queue.begin();
}

bool Track::isCurrent(std::uint64_t attempt) {
    return state_.lock()->queue.isCurrent(attempt);
}

bool Track::draining() {
    return state_.lock()->draining;
}

void Track::delivered(std::uint64_t attempt, unsigned status, std::optional<std::string> response) {
    std::optional<Block> block;
    std::uint64_t latencyNs = 0;
    {
        auto state = state_.lock();
        block = state->queue.finish(attempt);
        if (!block) return;
        const std::chrono::nanoseconds latency = Clock::now() - block->accepted;
        latencyNs = static_cast<std::uint64_t>(latency.count());
        ++state->counters.delivered;
        state->counters.deliveredBytes += block->bytes;
        state->counters.lastLatencyNs = latencyNs;
        ++state->unreported;
    }
    listener_(Delivered{block->info, block->attempts, status, latencyNs, std::move(response)});
    reported();
}

void Track::retrying(std::uint64_t attempt, unsigned status, const std::string& reason,
                     std::chrono::milliseconds delay) {
    std::optional<Block> block;
    {
        auto state = state_.lock();
        block = state->queue.release(attempt);
        if (!block) return;
        ++state->counters.retries;
    }
    listener_(Retrying{block->info, block->attempts, delay, status, reason});
}

void Track::failed(std::uint64_t attempt, unsigned status, const std::string& reason) {
    std::optional<Block> block;
    {
        auto state = state_.lock();
        block = state->queue.finish(attempt);
        if (!block) return;
        ++state->counters.failed;
        ++state->unreported;
    }
    listener_(Failed{block->info, block->attempts, status, reason});
    reported();
}

bool Track::settled() {
    auto state = state_.lock();
    state->known = !state->queue.empty();
    return !state->known;
}

void Track::reported() {
    {
        auto state = state_.lock();
        if (--state->unreported > 0 || !state->queue.empty() || !state->draining) return;
        state->draining = false;
    }
    listener_(Drained{});
}

} // namespace lm::imentivsink
