#pragma once

#include "plugins/common/result.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace lm::signurl {

/// The secret that signs: the first of EGRESS_AUTH_SECRET in the environment.
Result<std::string> secretFromEnvironment();

/// Unix time in seconds, `lifetime` from now.
std::int64_t expiresIn(std::chrono::seconds lifetime);

/// A request target (path and query, encoded) with the token that admits it added to the query. `path`: what
/// the service sees, when a proxy changes it; empty when it is the target's own. The error says which
/// parameter the service would not take.
Result<std::string> signedTarget(const std::string& target, const std::string& secret, std::int64_t expires,
                                 const std::string& path = {});

} // namespace lm::signurl
