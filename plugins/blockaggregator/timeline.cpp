#include "plugins/blockaggregator/timeline.hpp"

namespace lm::blockaggregator {

namespace {

constexpr uint64_t nsPerSecond = 1'000'000'000;

/// Whole seconds apart from the rest: exact and within 64 bits for centuries.
uint64_t toNs(uint64_t frames, uint32_t rate) {
    return frames / rate * nsPerSecond + frames % rate * nsPerSecond / rate;
}

} // namespace

int64_t Timeline::time(uint64_t frame) const {
    const auto origin = static_cast<int64_t>(anchorPts_);
    if (frame >= anchorFrame_) return origin + static_cast<int64_t>(toNs(frame - anchorFrame_, rate_));
    return origin - static_cast<int64_t>(toNs(anchorFrame_ - frame, rate_));
}

void Timeline::setRate(uint64_t frame, uint32_t rate) {
    anchorPts_ = static_cast<uint64_t>(time(frame));
    anchorFrame_ = frame;
    rate_ = rate;
}

bool Timeline::jumps(uint64_t frame, std::optional<uint64_t> pts, bool flagged) const {
    if (!pts || !anchored_) return flagged;
    const int64_t off = static_cast<int64_t>(*pts) - time(frame);
    return static_cast<uint64_t>(off < 0 ? -off : off) > (flagged ? toleranceFlaggedNs : toleranceNs);
}

void Timeline::anchor(uint64_t frame, uint64_t pts) {
    // Before there were time stamps, frames alone told the time: what was observed then moves along.
    if (!anchored_ && utc_) utc_->time += static_cast<int64_t>(pts) - time(frame);
    anchored_ = true;
    anchorFrame_ = frame;
    anchorPts_ = pts;
}

std::optional<uint64_t> Timeline::pts(uint64_t frame) const {
    if (!anchored_) return std::nullopt;
    const int64_t at = time(frame);
    return at < 0 ? 0 : static_cast<uint64_t>(at);
}

void Timeline::observeUtc(uint64_t frame, int64_t utc) {
    utc_ = Utc{utc, time(frame)};
}

void Timeline::shiftUtc(int64_t time) {
    if (utc_) utc_->utc += time;
}

std::optional<int64_t> Timeline::utc(uint64_t frame) const {
    if (!utc_) return std::nullopt;
    return utc_->utc + (time(frame) - utc_->time);
}

} // namespace lm::blockaggregator
