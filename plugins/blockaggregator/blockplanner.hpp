#pragma once

#include <cstdint>

namespace lm::blockaggregator {

struct AudioFormat {
    uint32_t rate = 0;     // frames a second
    uint32_t channels = 0; // samples in a frame
    /// S16: two bytes a sample.
    uint64_t frameBytes() const { return uint64_t{2} * channels; }
    bool operator==(const AudioFormat&) const = default;
};

struct BlockLimits {
    uint64_t durationNs = 0;
    uint64_t maxBytes = 0;
    /// `seconds` to the nearest nanosecond, so that a decimal such as 1.3337 is met exactly.
    static BlockLimits of(double seconds, uint64_t maxBytes);
};

/// Decides where blocks end, in whole frames. Block n of an undisturbed run by duration ends after
/// floor(n * duration * rate) frames: the fraction of a frame is carried, so there is no drift. A block has
/// at least one frame. A block that ends for any other reason starts a new run with the frame after it.
class BlockPlanner {
public:
    enum class End { duration, size };

    /// A block at its limit of bytes is cut to whole frames; when both limits fall on one frame it is
    /// `duration`.
    BlockPlanner(BlockLimits limits, AudioFormat format);

    /// Frames of the current block: planned, taken so far, still to come.
    uint64_t planned() const { return planned_; }
    uint64_t taken() const { return taken_; }
    uint64_t remaining() const { return planned_ - taken_; }
    /// What will end the current block when nothing else does.
    End end() const { return end_; }
    /// The longest a frame can wait for the end of its block.
    uint64_t longestNs() const;

    /// `frames` must not exceed remaining().
    void take(uint64_t frames) { taken_ += frames; }
    /// The current block is complete (remaining() is 0): go on to the next one.
    void advance();
    /// The current block ended early: the next frame begins a new run.
    void restart();

private:
    void plan();

    const uint32_t rate_;
    const uint64_t seconds_, nanoseconds_; // the duration, split so that no product below exceeds 64 bits
    const uint64_t maxFrames_;
    uint64_t carry_ = 0;     // fraction of a frame in 1e-9, brought along by the blocks before
    uint64_t nextCarry_ = 0; // what it becomes when the current block ends by duration
    uint64_t planned_ = 0;
    uint64_t taken_ = 0;
    End end_ = End::duration;
};

} // namespace lm::blockaggregator
