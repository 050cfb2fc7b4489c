#include "plugins/wsaudiosrc/pace.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace lm::wsaudiosrc {
namespace {

constexpr std::int64_t ms = 1'000'000;

constexpr std::int64_t paceInterval = 500 * ms;
constexpr std::int64_t paceTolerance = 100 * ms;
constexpr std::int64_t pacePause = 250 * ms;

constexpr std::int64_t stepInterval = 1000 * ms;
constexpr std::int64_t level = 5 * ms;
constexpr std::int64_t leastStep = 20 * ms;

constexpr std::int64_t driftInterval = 10'000 * ms;
constexpr std::int64_t leastDriftTime = 60'000 * ms;

} // namespace

void Pace::observe(std::int64_t now, std::int64_t lag, std::int64_t pause) {
    least_ = std::min(least_, lag);
    const auto begin = [&] {
        since_ = now;
        lag_ = lag;
        ahead_ = least_ - paceTolerance;
    };
    if (!std::exchange(running_, true) || pause >= pacePause) return begin();
    if (now - since_ < paceInterval) return;
    // Losses make the lag grow, and are none of this class's business; only what runs ahead keeps no time.
    // Who was late and catches up does keep it.
    if (lag < ahead_)
        kept_ = false;
    else if (std::abs(lag - lag_) <= paceTolerance)
        kept_ = true;
    begin();
}

std::optional<std::int64_t> Steps::observe(std::int64_t now, std::int64_t lag) {
    if (count_ > 0 && now < end_) {
        least_.back() = std::min(least_.back(), lag);
        return std::nullopt;
    }
    std::optional<std::int64_t> step;
    if (count_ >= static_cast<int>(least_.size())) {
        const auto isLevel = [](std::int64_t a, std::int64_t b) { return std::abs(a - b) <= level; };
        const std::int64_t before = std::min(least_[0], least_[1]);
        const std::int64_t after = std::min(least_[3], least_[4]);
        if (isLevel(least_[0], least_[1]) && isLevel(least_[3], least_[4]) && after - before >= leastStep)
            step = after - before;
    }
    std::rotate(least_.begin(), least_.begin() + 1, least_.end());
    least_.back() = lag;
    count_ = std::min(count_ + 1, static_cast<int>(least_.size()));
    end_ = now + stepInterval;
    return step;
}

void Drift::observe(std::int64_t now, std::int64_t lag) {
    if (intervals_ == 0 || now >= end_) {
        if (intervals_ == 1) first_ = current_;
        previous_ = current_;
        current_ = {};
        ++intervals_;
        end_ = now + driftInterval;
    }
    if (lag < current_.lag) current_ = {lag, now};
}

std::optional<double> Drift::ppm() const {
    if (intervals_ < 3 || previous_.at - first_.at < leastDriftTime) return std::nullopt;
    const auto slower = static_cast<double>(previous_.lag - first_.lag);
    return -1e6 * slower / static_cast<double>(previous_.at - first_.at);
}

} // namespace lm::wsaudiosrc
