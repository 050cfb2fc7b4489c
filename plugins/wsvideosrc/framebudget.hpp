#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

namespace lm::wsvideosrc {

/// How many frames a sender may bring: one a millisecond, which no camera does, and of a pause that ended in
/// a burst as many as `most`. Each costs a buffer and its way through the pipeline on a thread that other
/// tracks share. Not thread-safe.
class FrameBudget {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::uint64_t most = 10'000;

    /// False: there are more than any video has.
    bool take() {
        if (left_ == 0) return false;
        --left_;
        return true;
    }
    void refill(Time now) {
        const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now - at_.value_or(now));
        if (!at_ || since.count() > 0) at_ = now;
        left_ = std::min(most, left_ + static_cast<std::uint64_t>(std::max<std::int64_t>(since.count(), 0)));
    }

private:
    std::uint64_t left_ = most;
    std::optional<Time> at_;
};

} // namespace lm::wsvideosrc
