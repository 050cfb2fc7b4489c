#pragma once

#include "plugins/common/result.hpp"

#include <cstdint>
#include <string>

namespace lm::egresssim {

/// A ws:// URL in the parts a client needs.
struct Address {
    std::string host; // without brackets
    std::uint16_t port = 80;
    std::string authority; // as the Host header has it
    std::string target;    // path and query, encoded
};

/// Refuses wss:// (with the reason), user info (as LiveKit does) and everything that is no ws URL. Never
/// repeats the URL: its query may hold a token.
Result<Address> parseAddress(const std::string& url);

} // namespace lm::egresssim
