#pragma once

#include <algorithm>
#include <chrono>

namespace lm::store {

/// When to try the database again after a failure: soon, then doubled with each failure. Only work that was
/// done starts it anew; to be connected is not enough.
class Backoff {
public:
    using Time = std::chrono::steady_clock::time_point;

    Backoff() = default;
    Backoff(std::chrono::milliseconds first, std::chrono::milliseconds longest)
        : first_(first), longest_(longest) {}

    void failed(Time now) {
        wait_ = wait_ == wait_.zero() ? first_ : std::min(wait_ * 2, longest_);
        retryAt_ = now + wait_;
    }
    void succeeded() {
        wait_ = wait_.zero();
        retryAt_ = Time();
    }
    Time retryAt() const { return retryAt_; }
    bool due(Time now) const { return now >= retryAt_; }

private:
    std::chrono::milliseconds first_{250}, longest_{30'000};
    std::chrono::milliseconds wait_{0};
    Time retryAt_{};
};

} // namespace lm::store
