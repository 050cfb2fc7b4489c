#pragma once

#include <string>
#include <utility>
#include <vector>

namespace lm::tools {

using Parameters = std::vector<std::pair<std::string, std::string>>;

/// `target` with those parameters added that its query does not name yet. The short forms `room` and `track`
/// count as `roomName` and `trackId`.
std::string withParameters(const std::string& target, const Parameters& parameters);

} // namespace lm::tools
