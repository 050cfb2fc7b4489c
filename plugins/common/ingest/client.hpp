#pragma once

#include <chrono>
#include <cstdint>
#include <span>

namespace lm::ingest {

using Clock = std::chrono::steady_clock;

/// Something the pool visits. All calls come from one ingest thread, never two at a time, and none may block
/// on the network, on a lock the main loop holds, or on a database.
class Client {
public:
    virtual ~Client() = default;

    enum class Next {
        Keep,
        Again, // visit at the next tick, too, whatever the descriptor says
        Leave, // the pool forgets the client; it hears onLeft and nothing after it
    };
    /// The descriptor has something to read, or the client was poked. `scratch` is the thread's read buffer;
    /// its content means nothing before and after.
    virtual Next onVisit(std::span<std::uint8_t> scratch, Clock::time_point now) = 0;
    /// About once a second, whatever the descriptor does: time-outs, keep-alive, writes that could not go
    /// out.
    virtual Next onHousekeeping(Clock::time_point now) = 0;
    /// The pool has forgotten the client because it asked to leave: from here on its descriptor may be
    /// closed.
    virtual void onLeft() {}
};

} // namespace lm::ingest
