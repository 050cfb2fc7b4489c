#include "plugins/imentivsink/trackqueue.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace lm::imentivsink {

bool TrackQueue::push(Block block) {
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    const auto limit = spools_ && maxBytes_ <= most / 2 ? 2 * maxBytes_ : maxBytes_;
    if (block.bytes > limit || bytes_ > limit - block.bytes) return false;
    bytes_ += block.bytes;
    blocks_.push_back({std::move(block)});
    return true;
}

std::optional<TrackQueue::Attempt> TrackQueue::begin() {
    if (inFlight()) return std::nullopt;
    const auto at = std::find_if(blocks_.begin(), blocks_.end(),
                                 [](const Entry& e) { return e.place == Place::Waiting; });
    if (at == blocks_.end()) return std::nullopt;
    at->place = Place::Sent;
    at->number = ++last_;
    attempt_ = at->number;
    ++at->block.attempts;
    return Attempt{at->number, at->block};
}

std::optional<Block> TrackQueue::finish(std::uint64_t attempt) {
    if (!isCurrent(attempt)) return std::nullopt;
    attempt_.reset();
    return take(find(attempt));
}

std::optional<Block> TrackQueue::release(std::uint64_t attempt, bool made) {
    if (!isCurrent(attempt)) return std::nullopt;
    attempt_.reset();
    const auto at = find(attempt);
    at->place = Place::Waiting;
    if (!made) --at->block.attempts;
    return at->block;
}

std::vector<TrackQueue::Attempt> TrackQueue::takeForSpool() {
    std::vector<Attempt> taken;
    for (Entry& entry : blocks_) {
        if (entry.place != Place::Waiting) continue;
        entry.place = Place::ToSpool;
        entry.number = ++last_;
        ++spooling_;
        taken.push_back({entry.number, entry.block});
    }
    return taken;
}

std::optional<TrackQueue::Attempt> TrackQueue::takeForDead(std::uint64_t attempt) {
    if (!isCurrent(attempt)) return std::nullopt;
    attempt_.reset();
    const auto at = find(attempt);
    at->place = Place::ToDead;
    return Attempt{attempt, at->block};
}

std::optional<Block> TrackQueue::stored(std::uint64_t number) {
    const auto at = find(number);
    if (at == blocks_.end() || at->place == Place::Waiting || at->place == Place::Sent) return std::nullopt;
    if (at->place == Place::ToSpool) --spooling_;
    return take(at);
}

std::vector<Block> TrackQueue::cancel() {
    std::vector<Block> all;
    for (Entry& entry : blocks_)
        all.push_back(std::move(entry.block));
    blocks_.clear();
    bytes_ = 0;
    attempt_.reset();
    spooling_ = 0;
    return all;
}

void TrackQueue::markFinal() {
    if (blocks_.empty()) return;
    Entry& newest = blocks_.back();
    if (newest.block.attempts == 0 && newest.place == Place::Waiting) newest.block.info.final = true;
}

bool TrackQueue::idleBlocks() const {
    return std::any_of(blocks_.begin(), blocks_.end(),
                       [](const Entry& e) { return e.place == Place::Waiting; });
}

std::optional<std::uint64_t> TrackQueue::oldest() const {
    if (blocks_.empty()) return std::nullopt;
    return blocks_.front().block.info.sequence;
}

TrackQueue::Blocks::iterator TrackQueue::find(std::uint64_t number) {
    return std::find_if(blocks_.begin(), blocks_.end(), [&](const Entry& e) { return e.number == number; });
}

Block TrackQueue::take(Blocks::iterator at) {
    Block block = std::move(at->block);
    bytes_ -= block.bytes;
    blocks_.erase(at);
    return block;
}

} // namespace lm::imentivsink
