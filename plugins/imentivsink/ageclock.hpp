#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace lm::imentivsink {

/// The wall clock for judging ages, in seconds since the Unix epoch. It never runs ahead of the time that has
/// passed since it was made: a wall clock that is set forward makes nothing old. Set back, it makes things
/// younger, so they are kept longer. Both are the side on which no data is put away too soon.
class AgeClock {
public:
    using Steady = std::chrono::steady_clock::time_point;

    AgeClock(std::int64_t wall, Steady steady) : wall_(wall), steady_(steady) {}

    std::int64_t now(std::int64_t wall, Steady steady) const {
        return std::min<std::int64_t>(
            wall, wall_ + std::chrono::duration_cast<std::chrono::seconds>(steady - steady_).count());
    }

private:
    std::int64_t wall_;
    Steady steady_;
};

} // namespace lm::imentivsink
