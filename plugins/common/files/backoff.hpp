#pragma once

#include <algorithm>
#include <chrono>

namespace lm::files {

/// When to try again after a failure: 250 ms, doubled with each failure up to 8 s. Ten seconds without one
/// and it starts anew; a disk that has room for a moment only is not asked more often for that.
class Backoff {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::milliseconds first{250};
    static constexpr std::chrono::milliseconds longest{8000};
    static constexpr std::chrono::seconds steady{10};

    void failed(Time now) {
        const bool anew = wait_ == wait_.zero() || (succeededAt_ > Time() && now - succeededAt_ >= steady);
        wait_ = anew ? first : std::min<std::chrono::milliseconds>(wait_ * 2, longest);
        succeededAt_ = Time();
        retryAt_ = now + wait_;
    }
    void succeeded(Time now) { succeededAt_ = now; }
    bool due(Time now) const { return now >= retryAt_; }

private:
    std::chrono::milliseconds wait_{0};
    Time succeededAt_; // the first success after the last failure; zero before that
    Time retryAt_;
};

} // namespace lm::files
