#include "plugins/imentivsink/trackqueue.hpp"

#include <iterator>
#include <utility>

namespace lm::imentivsink {

bool TrackQueue::push(Block block) {
    if (block.bytes > maxBytes_ || bytes_ > maxBytes_ - block.bytes) return false;
    bytes_ += block.bytes;
    blocks_.push_back(std::move(block));
    return true;
}

std::optional<TrackQueue::Attempt> TrackQueue::begin() {
    if (inFlight_ || blocks_.empty()) return std::nullopt;
    inFlight_ = true;
    ++blocks_.front().attempts;
    return Attempt{++attempt_, blocks_.front()};
}

std::optional<Block> TrackQueue::finish(std::uint64_t attempt) {
    if (!isCurrent(attempt)) return std::nullopt;
    Block block = std::move(blocks_.front());
    blocks_.pop_front();
    bytes_ -= block.bytes;
    inFlight_ = false;
    return block;
}

std::optional<Block> TrackQueue::release(std::uint64_t attempt) {
    if (!isCurrent(attempt)) return std::nullopt;
    inFlight_ = false;
    return blocks_.front();
}

std::vector<Block> TrackQueue::cancel() {
    std::vector<Block> all(std::make_move_iterator(blocks_.begin()), std::make_move_iterator(blocks_.end()));
    blocks_.clear();
    bytes_ = 0;
    inFlight_ = false;
    return all;
}

void TrackQueue::markFinal() {
    if (!blocks_.empty() && blocks_.back().attempts == 0) blocks_.back().info.final = true;
}

} // namespace lm::imentivsink
