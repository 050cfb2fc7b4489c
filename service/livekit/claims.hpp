#pragma once

/// The claims of LiveKit's access tokens (JWT, HS256), as JSON.

#include "service/livekit/types.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace lm::livekit {

/// Who joins which room, and may do what.
struct Join {
    std::string room;
    std::string identity;
    std::string name;
    std::string metadata; // empty: none
};

/// What a browser joins a room with: publish, subscribe, send data, set its own attributes (a raised hand is
/// one). `now` and `life`: seconds, Unix time.
std::string joinClaims(const std::string& apiKey, const Join& join, std::int64_t now,
                       std::chrono::seconds life);

/// What a request to the API carries.
std::string requestClaims(const std::string& apiKey, const Grants& grants, std::int64_t now,
                          std::chrono::seconds life);

} // namespace lm::livekit
