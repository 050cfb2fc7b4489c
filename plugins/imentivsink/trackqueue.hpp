#pragma once

#include "plugins/imentivsink/payload.hpp"
#include "plugins/imentivsink/scheduler.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace lm::imentivsink {

/// The samples of a block, opaque here. Destroying it gives the memory back.
struct Body {
    virtual ~Body() = default;
};

struct Block {
    BlockInfo info;
    std::shared_ptr<const Body> body;
    std::uint64_t bytes = 0;
    Clock::time_point accepted;
    unsigned attempts = 0; // made so far, the current one included
};

/// The undelivered blocks of one track, oldest first; the one in flight stays in front until it is finished.
/// An attempt is named by a number: whatever comes back for another number than the current one is stale,
/// because the block was cancelled meanwhile. Not thread-safe.
class TrackQueue {
public:
    struct Attempt {
        std::uint64_t number;
        Block block;
    };

    explicit TrackQueue(std::uint64_t maxBytes) : maxBytes_(maxBytes) {}

    /// False when the bound would be exceeded; the block is not taken then.
    bool push(Block block);
    /// Starts an attempt at the oldest block. Nothing when the queue is empty or an attempt is under way.
    std::optional<Attempt> begin();
    /// The attempt is over and the block leaves. Nothing when the attempt is stale.
    std::optional<Block> finish(std::uint64_t attempt);
    /// The attempt is over and the block stays for another one. Nothing when the attempt is stale.
    std::optional<Block> release(std::uint64_t attempt);
    /// Takes everything out, the block in flight included.
    std::vector<Block> cancel();
    /// Marks the newest block as the last of the track, unless an attempt at it was made already: a repeated
    /// request must be the same request.
    void markFinal();

    bool isCurrent(std::uint64_t attempt) const { return inFlight_ && attempt == attempt_; }
    bool inFlight() const { return inFlight_; }
    bool empty() const { return blocks_.empty(); }
    std::size_t size() const { return blocks_.size(); }
    std::uint64_t bytes() const { return bytes_; }

private:
    std::uint64_t maxBytes_;
    std::uint64_t bytes_ = 0;
    std::uint64_t attempt_ = 0;
    bool inFlight_ = false;
    std::deque<Block> blocks_;
};

} // namespace lm::imentivsink
