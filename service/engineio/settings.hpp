#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

namespace lm::engineio {

using Time = std::chrono::steady_clock::time_point;
using Clock = std::function<Time()>;
/// Gives an identifier that nobody can guess.
using MakeId = std::function<std::string()>;

struct Settings {
    std::chrono::milliseconds pingInterval{25'000};   // from a pong, or the opening, to the next ping
    std::chrono::milliseconds pingTimeout{20'000};    // from a ping to its pong
    std::chrono::milliseconds upgradeTimeout{10'000}; // from a probing WebSocket to its `upgrade`
    std::chrono::milliseconds closeTimeout{30'000};   // for a poll to come and hear that the session is over
    std::size_t maxPayload = 1'000'000;               // bytes of a body or a message that is received
    std::size_t maxQueueBytes = 4 << 20;              // unsent bytes of a session: beyond, it is ended
    std::size_t maxSessions = 10'000;
};

} // namespace lm::engineio
