#include "plugins/imentivsink/retrypolicy.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <limits>

namespace lm::imentivsink {
namespace {

using std::chrono::milliseconds;

struct CivilTime {
    int year = 0, day = 0, hour = 0, minute = 0, second = 0;
    char month[4] = {};
};

std::optional<unsigned> monthNumber(std::string_view name) {
    constexpr std::array<std::string_view, 12> names = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return std::nullopt;
    return static_cast<unsigned>(found - names.begin()) + 1;
}

/// True when the whole text matched: every format ends in %n.
bool scan(const std::string& text, CivilTime& t) {
    int end = 0;
    const auto matched = [&](int fields) { return fields == 6 && end == static_cast<int>(text.size()); };
    if (matched(std::sscanf(text.c_str(), "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT%n", &t.day,
                            t.month, &t.year, &t.hour, &t.minute, &t.second, &end)))
        return true;
    end = 0;
    if (matched(std::sscanf(text.c_str(), "%*9[A-Za-z], %2d-%3[A-Za-z]-%2d %2d:%2d:%2d GMT%n", &t.day,
                            t.month, &t.year, &t.hour, &t.minute, &t.second, &end))) {
        t.year += t.year < 70 ? 2000 : 1900;
        return true;
    }
    end = 0;
    return matched(std::sscanf(text.c_str(), "%*3[A-Za-z] %3[A-Za-z] %2d %2d:%2d:%2d %4d%n", t.month, &t.day,
                               &t.hour, &t.minute, &t.second, &t.year, &end));
}

std::optional<std::int64_t> parseHttpDate(const std::string& text) {
    using namespace std::chrono;
    CivilTime t;
    if (!scan(text, t)) return std::nullopt;
    const auto monthOfYear = monthNumber(t.month);
    if (!monthOfYear || t.day < 1 || t.hour < 0 || t.hour > 23 || t.minute < 0 || t.minute > 59 ||
        t.second < 0 || t.second > 60)
        return std::nullopt;
    const year_month_day date{year(t.year), month(*monthOfYear), day(static_cast<unsigned>(t.day))};
    if (!date.ok()) return std::nullopt;
    const auto time = sys_days(date) + hours(t.hour) + minutes(t.minute) + seconds(t.second);
    return duration_cast<seconds>(time.time_since_epoch()).count();
}

milliseconds fromSeconds(std::int64_t seconds) {
    constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max() / 1000;
    return milliseconds(std::clamp<std::int64_t>(seconds, 0, most) * 1000);
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

} // namespace

Verdict judge(unsigned status) {
    if (status >= 200 && status < 300) return Verdict::Delivered;
    switch (status) {
    case 0:
    case 408:
    case 425:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
        return Verdict::Retry;
    case 401:
    case 403:
        return Verdict::Refused;
    default:
        return Verdict::Failed;
    }
}

std::optional<milliseconds> parseRetryAfter(std::string_view value, std::int64_t utcSeconds) {
    value = trimmed(value);
    if (value.empty() || value.size() > 40) return std::nullopt;
    if (std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; })) {
        std::int64_t seconds = 0;
        for (const char c : value)
            seconds =
                std::min<std::int64_t>(seconds * 10 + (c - '0'), std::numeric_limits<std::int32_t>::max());
        return fromSeconds(seconds);
    }
    const auto date = parseHttpDate(std::string(value));
    if (!date) return std::nullopt;
    return fromSeconds(*date - utcSeconds);
}

milliseconds backoff(unsigned attempt, double chance) {
    const unsigned doublings = std::min(attempt > 0 ? attempt - 1 : 0U, 16U);
    const auto ceiling = std::min(kBackoffCap, kBackoffBase * (1 << doublings));
    return milliseconds(static_cast<std::int64_t>(static_cast<double>(ceiling.count()) * chance));
}

Decision decide(const Outcome& outcome, double chance) {
    const Verdict verdict = judge(outcome.status);
    if (verdict != Verdict::Retry) return {verdict};
    if (outcome.attempt >= outcome.maxAttempts) return {Verdict::Failed};
    const auto asked = std::min(outcome.retryAfter.value_or(milliseconds(0)), kRetryAfterCap);
    return {Verdict::Retry, std::max(backoff(outcome.attempt, chance), asked)};
}

std::string reasonFor(unsigned status, bool keySent) {
    const std::string number = "HTTP " + std::to_string(status);
    if (judge(status) == Verdict::Refused)
        return (keySent ? "the analysis service refused the API key ("
                        : "the analysis service wants an API key (") +
               number + ")";
    if (status >= 300 && status < 400) return "redirects are not followed (" + number + ")";
    return "the analysis service answered " + number;
}

} // namespace lm::imentivsink
