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
    } else {
        gap = gapBefore(static_cast<std::int64_t>(running - pts(samples_ + frames)), running);
        if (gap > 0) {
            const std::uint64_t begin = pts(samples_) + gap;
            anchorUtc_ = this->utc(samples_) + static_cast<std::int64_t>(gap);
            anchorPts_ = begin;
            anchorSample_ = samples_;
        }
    }
    lastArrival_ = running;
    samples_ += frames;
    return gap;
}

std::uint64_t Timeline::gapBefore(std::int64_t lag, std::uint64_t running) {
    // Clocks of good equipment differ by far less than this; a stream that falls behind faster is losing
    // audio.
    constexpr std::uint64_t clockTolerance = 1000; // one in a thousand
    const std::uint64_t elapsed = running - std::min(running, lastArrival_);
    const std::int64_t tolerated = leastLag_ + static_cast<std::int64_t>(elapsed / clockTolerance);
    if (lag - tolerated >= static_cast<std::int64_t>(gapThreshold_))
        return static_cast<std::uint64_t>(lag - leastLag_);
    leastLag_ = std::min(lag, tolerated);
    return 0;
}

} // namespace lm::wsaudiosrc
