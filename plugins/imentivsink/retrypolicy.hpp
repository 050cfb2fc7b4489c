#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What the outcome of one attempt means. Pure: status, attempt, time and chance go in, a decision comes out.
namespace lm::imentivsink {

inline constexpr std::chrono::milliseconds kBackoffBase{250};
inline constexpr std::chrono::milliseconds kBackoffCap{5000};
/// The longest wait a server can ask for; a longer Retry-After counts as this.
inline constexpr std::chrono::milliseconds kRetryAfterCap{30'000};

enum class Verdict {
    Delivered, // 2xx
    Retry,     // may pass: 408, 425, 429, 500, 502, 503, 504, and no answer at all
    Refused,   // final, and every other block would meet the same: 401, 403
    Failed,    // final: 3xx (credentials must not travel), other 4xx, other 5xx, anything else
};

/// `status` 0 means that no answer came (connect error, reset, timeout).
Verdict judge(unsigned status);

/// RFC 9110 10.2.3, both forms: seconds, or an HTTP-date (all three of 5.6.7). Never negative; nothing when
/// it is neither. `utcSeconds`: now, seconds since the Unix epoch.
std::optional<std::chrono::milliseconds> parseRetryAfter(std::string_view value, std::int64_t utcSeconds);

/// Full jitter: `chance` (0 <= chance < 1) of min(cap, base * 2^(attempt - 1)). `attempt` counts from 1.
std::chrono::milliseconds backoff(unsigned attempt, double chance);

struct Outcome {
    unsigned status = 0;
    unsigned attempt = 1; // attempts made so far
    unsigned maxAttempts = 3;
    std::optional<std::chrono::milliseconds> retryAfter = {};
};

struct Decision {
    Verdict verdict;                    // Retry only while attempts are left, else Failed
    std::chrono::milliseconds delay{0}; // before the next attempt
};

Decision decide(const Outcome& outcome, double chance);

/// The status for people, for a log line and the `reason` of a message.
std::string reasonFor(unsigned status, bool keySent);

} // namespace lm::imentivsink
