#include "plugins/blockaggregator/blockplanner.hpp"

#include <algorithm>
#include <cmath>

namespace lm::blockaggregator {

namespace {
constexpr uint64_t nsPerSecond = 1'000'000'000;
} // namespace

BlockLimits BlockLimits::of(double seconds, uint64_t maxBytes) {
    return {static_cast<uint64_t>(std::llround(seconds * static_cast<double>(nsPerSecond))), maxBytes};
}

BlockPlanner::BlockPlanner(BlockLimits limits, AudioFormat format)
    : rate_(format.rate), seconds_(limits.durationNs / nsPerSecond),
      nanoseconds_(limits.durationNs % nsPerSecond),
      maxFrames_(std::max<uint64_t>(1, limits.maxBytes / format.frameBytes())) {
    plan();
}

void BlockPlanner::plan() {
    const uint64_t fraction = nanoseconds_ * rate_ + carry_;
    const uint64_t byDuration = std::max<uint64_t>(1, seconds_ * rate_ + fraction / nsPerSecond);
    nextCarry_ = fraction % nsPerSecond;
    end_ = byDuration <= maxFrames_ ? End::duration : End::size;
    planned_ = std::min(byDuration, maxFrames_);
    taken_ = 0;
}

void BlockPlanner::advance() {
    carry_ = end_ == End::duration ? nextCarry_ : 0;
    plan();
}

void BlockPlanner::restart() {
    carry_ = 0;
    plan();
}

uint64_t BlockPlanner::longestNs() const {
    const uint64_t duration = seconds_ * nsPerSecond + nanoseconds_;
    // A second of rate_ frames, rounded up, whole seconds apart from the rest for the sake of 64 bits.
    const uint64_t size =
        maxFrames_ / rate_ * nsPerSecond + (maxFrames_ % rate_ * nsPerSecond + rate_ - 1) / rate_;
    return std::min(duration, size);
}

} // namespace lm::blockaggregator
