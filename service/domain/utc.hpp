#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace lm::domain {

using UtcTime = std::chrono::system_clock::time_point;

/// From nanoseconds since the Unix epoch.
constexpr UtcTime utcFromNs(std::int64_t ns) {
    return UtcTime(std::chrono::duration_cast<UtcTime::duration>(std::chrono::nanoseconds(ns)));
}
/// `2026-11-22T20:45:01.123Z`: what answers and logs carry. Milliseconds are cut, not rounded.
std::string utcText(UtcTime time);
/// `20261122T204501.123Z`: the same for file names, without colons.
std::string utcFileText(UtcTime time);

} // namespace lm::domain
