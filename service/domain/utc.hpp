#pragma once

#include <chrono>
#include <string>

namespace lm::domain {

using UtcTime = std::chrono::system_clock::time_point;

/// `2026-11-22T20:45:01.123Z`: what answers and logs carry. Milliseconds are cut, not rounded.
std::string utcText(UtcTime time);
/// `20261122T204501.123Z`: the same for file names, without colons.
std::string utcFileText(UtcTime time);

} // namespace lm::domain
