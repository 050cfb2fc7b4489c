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

/// The undelivered blocks of one track that are in memory, oldest first; a block that is in flight, or on its
/// way to the disk, stays where it is until that is over. What is done with a block is named by a number:
/// whatever comes back for a number that is not known is stale, because the block was cancelled meanwhile.
/// Not thread-safe.
class TrackQueue {
public:
    struct Attempt {
        std::uint64_t number;
        Block block;
    };

    /// With a spool a second `maxBytes` may be on the way to the disk.
    explicit TrackQueue(std::uint64_t maxBytes, bool spools = false) : maxBytes_(maxBytes), spools_(spools) {}

    /// False when the bound would be exceeded; the block is not taken then.
    bool push(Block block);
    /// Starts an attempt at the oldest block that is not on its way to the disk. Nothing when there is none
    /// or an attempt is under way.
    std::optional<Attempt> begin();
    /// The attempt is over and the block leaves. Nothing when the attempt is stale.
    std::optional<Block> finish(std::uint64_t attempt);
    /// The attempt is over, or was not `made` at all, and the block stays. Nothing when the attempt is stale.
    std::optional<Block> release(std::uint64_t attempt, bool made = true);

    /// Every block that is not in flight sets out for the disk, in order.
    std::vector<Attempt> takeForSpool();
    /// The block in flight is final: it sets out for the dead letters. Nothing when the attempt is stale.
    std::optional<Attempt> takeForDead(std::uint64_t attempt);
    /// It arrived there, or could not be written, and leaves. Nothing when the number is stale.
    std::optional<Block> stored(std::uint64_t number);

    /// Takes everything out, the block in flight and those on their way included.
    std::vector<Block> cancel();
    /// Marks the newest block as the last of the track, unless something was done with it already: a repeated
    /// request must be the same request.
    void markFinal();

    bool isCurrent(std::uint64_t attempt) const { return attempt_ && attempt == *attempt_; }
    bool inFlight() const { return attempt_.has_value(); }
    bool empty() const { return blocks_.empty(); }
    /// Something is there to be sent or stored.
    bool idleBlocks() const;
    /// A block is on its way to the spool: what comes after it must not go before it.
    bool spooling() const { return spooling_ > 0; }
    /// More than `maxBytes`: what can must go to the disk.
    bool overfull() const { return spools_ && bytes_ > maxBytes_; }
    /// Sequences; there is none when the queue is empty.
    std::optional<std::uint64_t> oldest() const;
    std::uint64_t newest() const { return blocks_.back().block.info.sequence; }
    std::size_t size() const { return blocks_.size(); }
    std::uint64_t bytes() const { return bytes_; }

private:
    enum class Place { Waiting, Sent, ToSpool, ToDead };
    struct Entry {
        Block block;
        Place place = Place::Waiting;
        std::uint64_t number = 0;
    };
    using Blocks = std::deque<Entry>;

    Blocks::iterator find(std::uint64_t number);
    Block take(Blocks::iterator at);

    std::uint64_t maxBytes_;
    bool spools_;
    std::uint64_t bytes_ = 0;
    std::uint64_t last_ = 0;               // number given out
    std::optional<std::uint64_t> attempt_; // in flight
    std::size_t spooling_ = 0;
    Blocks blocks_;
};

} // namespace lm::imentivsink
