#include "plugins/wsaudiosrc/timeline.hpp"

#include <algorithm>

namespace lm::wsaudiosrc {
namespace {

constexpr std::uint64_t second = 1'000'000'000;

} // namespace

// Whole seconds apart in both directions: frames * 10^9 would overflow after about a day and a half at
// 192 kHz.
std::uint64_t Timeline::duration(std::uint64_t frames) const {
    return frames / rate_ * second + frames % rate_ * second / rate_;
}

std::uint64_t Timeline::frames(std::uint64_t time) const {
    return time / second * rate_ + (time % second * rate_ + second / 2) / second;
}

void Timeline::anchor(std::uint64_t frames, std::uint64_t running, std::int64_t utc) {
    anchored_ = true;
    firstRunning_ = running;
    firstUtc_ = utc;
    place(frames);
}

void Timeline::place(std::uint64_t frames) {
    firstFrames_ = frames;
    const std::uint64_t length = duration(frames);
    anchorSample_ = 0;
    anchorPts_ = firstRunning_ - std::min(firstRunning_, length);
    anchorUtc_ = firstUtc_ - static_cast<std::int64_t>(length);
}

std::int64_t Timeline::fromAnchor(std::uint64_t sample) const {
    return sample < anchorSample_ ? -static_cast<std::int64_t>(duration(anchorSample_ - sample))
                                  : static_cast<std::int64_t>(duration(sample - anchorSample_));
}

std::uint64_t Timeline::pts(std::uint64_t sample) const {
    const std::int64_t pts = static_cast<std::int64_t>(anchorPts_) + fromAnchor(sample);
    return static_cast<std::uint64_t>(std::max<std::int64_t>(pts, 0));
}

void Timeline::skip(std::uint64_t sample, std::uint64_t time) {
    skipped_ = true;
    const std::uint64_t pts = this->pts(sample);
    anchorUtc_ = utc(sample) + static_cast<std::int64_t>(time);
    anchorPts_ = pts + time;
    anchorSample_ = sample;
}

void Timeline::shiftUtc(std::int64_t time) {
    anchorUtc_ += time;
    firstUtc_ += time;
}

void Timeline::widen(std::uint32_t factor, std::uint64_t frames, std::uint64_t running) {
    if (!anchored_) return;
    if (!skipped_) return place(firstFrames_ / factor);
    anchorSample_ = frames;
    anchorPts_ = running;
    // The system's clock may have been set since it was read.
    anchorUtc_ = firstUtc_ + (static_cast<std::int64_t>(running) - static_cast<std::int64_t>(firstRunning_));
}

} // namespace lm::wsaudiosrc
