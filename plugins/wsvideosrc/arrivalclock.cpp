#include "plugins/wsvideosrc/arrivalclock.hpp"

#include <algorithm>

namespace lm::wsvideosrc {
namespace {

constexpr double longestUsual = 200; // ms; slower than five frames a second is a pause
constexpr double weight = 0.1;       // of a visit in the average

} // namespace

std::vector<std::uint64_t> ArrivalClock::place(std::uint64_t now, std::size_t frames) {
    std::vector<std::uint64_t> times;
    if (frames == 0) return times;
    const auto count = static_cast<double>(frames);
    const auto usual = static_cast<std::uint64_t>(usual_ * count);
    std::uint64_t begin = now - std::min(now, std::max(usual, wait_));
    if (begun_) {
        const std::uint64_t last = origin_ + last_;
        const double each = static_cast<double>(now - std::min(now, last)) / count;
        if (each < longestUsual) usual_ += (each - usual_) * weight;
        begin = std::clamp(last, std::min(begin, now), now);
    }
    const std::uint64_t span = now - begin;
    times.reserve(frames);
    for (std::size_t i = 1; i <= frames; ++i) {
        const std::uint64_t at = begin + span * i / frames;
        if (begun_)
            last_ = std::max(last_ + 1, at - std::min(at, origin_));
        else
            origin_ = at;
        begun_ = true;
        times.push_back(last_);
    }
    return times;
}

} // namespace lm::wsvideosrc
