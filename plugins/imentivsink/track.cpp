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
      state_(State(target.maxQueueBytes, target.spools)) {}

bool Track::push(Block block) {
    constexpr auto reason = "the queue of the track is full";
    const BlockInfo info = block.info;
    {
        auto state = state_.lock();
        if (state->queue.push(std::move(block))) {
            ++state->counters.accepted;
            const bool known = std::exchange(state->known, true);
            return !known || state->queue.overfull();
        }
    }
    drop(info, reason);
    return false;
}

void Track::drop(const BlockInfo& block, const std::string& reason) {
    ++state_.lock()->counters.dropped;
    listener_(Dropped{block, reason});
}

void Track::skip(const BlockInfo& block, const std::string& reason) {
    ++state_.lock()->counters.skipped;
    listener_(Skipped{block, reason});
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

bool Track::expire(bool quietly) {
    auto state = state_.lock();
    if (quietly) state->draining = false;
    if (state->queue.empty()) return false;
    state->expired = state->queue.newest() + 1;
    return true;
}

bool Track::waitStored(Clock::time_point deadline) {
    auto state = state_.lock();
    return state.waitUntil(left_, deadline, [&] {
        const auto oldest = state->queue.oldest();
        return (!oldest || *oldest >= state->expired) && state->unreported == 0;
    });
}

void Track::tell(const Report& report) {
    if (std::holds_alternative<DeliveredFromSpool>(report)) ++state_.lock()->counters.deliveredFromSpool;
    if (std::holds_alternative<DeadLettered>(report)) ++state_.lock()->counters.deadLettered;
    listener_(report);
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

bool Track::release(std::uint64_t attempt, bool made) {
    return state_.lock()->queue.release(attempt, made).has_value();
}

std::vector<TrackQueue::Attempt> Track::takeForSpool() {
    return state_.lock()->queue.takeForSpool();
}

std::optional<TrackQueue::Attempt> Track::takeForDead(std::uint64_t attempt) {
    return state_.lock()->queue.takeForDead(attempt);
}

std::optional<std::uint64_t> Track::oldest() {
    return state_.lock()->queue.oldest();
}

bool Track::mustSpool() {
    auto state = state_.lock();
    const auto& queue = state->queue;
    return queue.spooling() || queue.overfull() || queue.oldest().value_or(state->expired) < state->expired;
}

std::optional<Block> Track::leave(std::uint64_t number, std::uint64_t Counters::*counter) {
    auto state = state_.lock();
    auto block = state->queue.stored(number);
    if (!block) return std::nullopt;
    ++(state->counters.*counter);
    ++state->unreported;
    return block;
}

void Track::spooled(std::uint64_t number, unsigned status, const std::string& reason) {
    const auto block = leave(number, &Counters::spooled);
    if (!block) return;
    listener_(Spooled{block->info, block->attempts, status, reason});
    reported();
}

void Track::deadLettered(std::uint64_t number, unsigned status, const std::string& reason) {
    const auto block = leave(number, &Counters::deadLettered);
    if (!block) return;
    listener_(DeadLettered{block->info, {target.identity, target.session}, block->attempts, status, reason});
    reported();
}

void Track::notStored(std::uint64_t number, const std::string& reason) {
    const auto block = leave(number, &Counters::dropped);
    if (!block) return;
    listener_(Dropped{block->info, reason});
    reported();
}

Track::Left Track::left() {
    auto state = state_.lock();
    state->known = !state->queue.empty();
    if (!state->known) return Left::Nothing;
    return state->queue.idleBlocks() ? Left::Idle : Left::Stored;
}

void Track::reported() {
    bool drained = false;
    {
        auto state = state_.lock();
        if (--state->unreported == 0 && state->queue.empty()) drained = std::exchange(state->draining, false);
    }
    left_.notify_all();
    if (drained) listener_(Drained{});
}

} // namespace lm::imentivsink
