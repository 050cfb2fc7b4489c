#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string_view>

namespace lm::security {

/// Counts who was not let in, by the code of the answer, and logs the first refusal of a run: a flood must
/// not fill the log. `note` from one thread, `count` from any.
class Refusals {
public:
    using Clock = std::chrono::steady_clock;
    /// Every code that is counted; what is not among them counts as the last.
    static constexpr std::array<std::string_view, 28> codes = {
        "token_missing",       "token_malformed",   "token_mismatch",    "token_expired",
        "token_invalid",       "role_missing",      "api_closed",        "origin_not_allowed",
        "too_many_sockets",    "too_many_tracks",   "no_descriptors",    "shutting_down",
        "address_connections", "handshake_failed",  "header_timeout",    "request_timeout",
        "header_too_large",    "body_too_large",    "bodies_too_large",  "uri_too_long",
        "unknown_coding",      "bad_request",       "not_configured",    "unsupported_media_type",
        "invalid_event",       "too_many_requests", "too_many_sessions", "other",
    };
    /// A run is over when nothing was refused for this reason for so long.
    static constexpr std::chrono::seconds quiet{60};

    explicit Refusals(std::function<Clock::time_point()> clock = Clock::now) : clock_(std::move(clock)) {}

    /// `address`: of the client, for people.
    void note(std::string_view code, std::string_view address);
    std::uint64_t count(std::string_view code) const;

private:
    static std::size_t indexOf(std::string_view code);

    struct Run {
        Clock::time_point last{};
        bool begun = false;
        std::uint64_t before = 0; // refused when it began
    };
    std::function<Clock::time_point()> clock_;
    std::array<std::atomic<std::uint64_t>, codes.size()> counts_{};
    std::array<Run, codes.size()> runs_{};
};

} // namespace lm::security
