#pragma once

#include "plugins/blockaggregator/blockhash.hpp"
#include "plugins/blockaggregator/blockplanner.hpp"
#include "plugins/blockaggregator/levelmeter.hpp"
#include "plugins/blockaggregator/memorychain.hpp"
#include "plugins/blockaggregator/timeline.hpp"
#include "plugins/common/handles.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lm::blockaggregator {

/// Why a block ended.
enum class Reason { duration, size, eos, flush, idle, discont, caps };
/// As it stands in messages (names.hpp).
const char* nameOf(Reason reason);

/// A finished block, ready to be pushed.
struct Block {
    Ref<GstBuffer> buffer;
    Reason reason;
    uint64_t sequence; // from 0
    uint64_t sample;   // first frame, counted from the start of the track
    uint64_t samples;  // frames
    AudioFormat format;
    Levels levels;
    std::string hash;            // of its bytes
    std::optional<uint64_t> pts; // ns
    std::optional<int64_t> utc;  // ns since the Unix epoch
};

struct Stats {
    uint64_t blocks = 0, frames = 0, bytes = 0; // delivered
    uint64_t droppedFrames = 0;                 // received, but refused downstream or discarded
    uint64_t copiedBytes = 0;                   // audio that could not be passed on by reference
    uint64_t incompleteBytes = 0;               // of a frame that was never completed
};

/// Audio buffers in, blocks out. Belongs to the streaming thread: every call is made under the stream lock.
class BlockAssembler {
public:
    /// Takes a block downstream. Nothing in the assembler is half done while it runs.
    using Deliver = std::function<GstFlowReturn(Block)>;

    BlockAssembler(BlockLimits limits, Deliver deliver) : limits_(limits), deliver_(std::move(deliver)) {}

    /// Ends the current block when the format differs.
    GstFlowReturn setFormat(AudioFormat format);
    /// Everything so far was in this format, whatever was said: ends the current block, and counts positions
    /// in its frames from here on.
    GstFlowReturn correctFormat(AudioFormat format);
    bool hasFormat() const { return planner_.has_value(); }

    /// Delivers every block that the buffer completes. When one of them is refused the rest of the buffer is
    /// dropped.
    GstFlowReturn add(GstBuffer* buffer);
    /// Delivers what there is of the current block, if anything.
    GstFlowReturn end(Reason reason);
    /// Time stamps that follow are of another segment.
    void newSegment() { timeline_.forget(); }
    /// The UTC of everything is `ns` later than was told; that of blocks to come will be right.
    void shiftUtc(int64_t ns) { timeline_.shiftUtc(ns); }
    /// Drops the current block; what follows is discontinuous.
    void discard();
    /// Drops the next bytes of the stream. A frame that is cut keeps its place, so that what follows is not
    /// shifted.
    void refuse(size_t bytes);

    /// Frames so far.
    uint64_t position() const { return position_; }
    uint64_t pendingFrames() const { return planner_ ? planner_->taken() : 0; }
    /// The longest a frame waits for its block; 0 before there is a format.
    uint64_t latencyNs() const { return planner_ ? planner_->longestNs() : 0; }
    Stats stats() const;

private:
    GstFlowReturn resync(GstBuffer* buffer);
    GstFlowReturn addBytes(GstMemory* memory, size_t offset, size_t size);
    GstFlowReturn addJoined(const guint8* data, size_t size);
    GstFlowReturn addFrames(GstMemory* memory, size_t offset, std::span<const std::byte> data);
    GstFlowReturn complete();
    Block cut(Reason reason);
    void stamp(Block& block) const;
    GstFlowReturn hand(Block block);
    void expect() { chain_.expect(planner_->planned() * format_.frameBytes()); }
    void skip(uint64_t frames);
    void dropIncomplete();

    const BlockLimits limits_;
    const Deliver deliver_;
    AudioFormat format_;
    std::optional<BlockPlanner> planner_; // set with the format
    // The current block.
    MemoryChain chain_;
    LevelMeter meter_;
    BlockHash hash_;
    // The track.
    Timeline timeline_;
    uint64_t position_ = 0; // frames received
    uint64_t sequence_ = 0;
    bool discont_ = true;            // the next block does not follow the one before
    std::vector<guint8> incomplete_; // the first bytes of a frame whose rest is to come
    Stats stats_;
};

} // namespace lm::blockaggregator
