#include "plugins/wsaudiosrc/timeline.hpp"

#include <algorithm>

namespace lm::wsaudiosrc {

std::uint64_t Timeline::duration(std::uint64_t frames) const {
    // Whole seconds apart: frames * 10^9 would overflow after about a day and a half at 192 kHz.
    constexpr std::uint64_t second = 1'000'000'000;
    return frames / rate_ * second + frames % rate_ * second / rate_;
}

std::uint64_t Timeline::arrive(std::uint64_t frames, std::uint64_t running, std::int64_t utc) {
    const std::uint64_t length = duration(frames);
    std::uint64_t gap = 0;
    if (!anchored_) {
        anchored_ = true;
        anchorPts_ = running - std::min(running, length);
        anchorUtc_ = utc - static_cast<std::int64_t>(length);
    } else if (const std::uint64_t pause = running - std::min(running, lastArrival_);
               pause >= length && pause - length >= gapThreshold_) {
        gap = pause - length;
        anchorPts_ = pts(samples_) + gap;
        anchorUtc_ = this->utc(samples_) + static_cast<std::int64_t>(gap);
        anchorSample_ = samples_;
    }
    lastArrival_ = running;
    samples_ += frames;
    return gap;
}

} // namespace lm::wsaudiosrc
