#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

namespace lm::autoegress {

using Time = std::chrono::steady_clock::time_point;

/// How long to wait before an egress is started again: 1 s, doubled up to 60 s, give or take a fifth, so that
/// a thousand tracks that failed together do not come back together.
class Pace {
public:
    static constexpr std::chrono::milliseconds first{1000}, longest{60'000};

    explicit Pace(std::function<double()> random) : random_(std::move(random)) {}

    /// After `failures` in a row, 1 for the first.
    std::chrono::milliseconds delay(unsigned failures) const {
        auto delay = first;
        for (unsigned i = 1; i < failures && delay < longest; ++i)
            delay *= 2;
        const double spread = 0.8 + 0.4 * random_();
        const auto most = static_cast<double>(std::min(delay, longest).count());
        return std::chrono::milliseconds(static_cast<std::int64_t>(most * spread));
    }

private:
    std::function<double()> random_;
};

} // namespace lm::autoegress
