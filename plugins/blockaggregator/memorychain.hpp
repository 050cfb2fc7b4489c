#pragma once

#include "plugins/common/handles.hpp"

#include <cstdint>
#include <vector>

namespace lm::blockaggregator {

/// The memories of one block. They are referenced, not copied: neighbours in one parent become one larger
/// share of it. A GstBuffer merges (copies) itself whenever it would hold more than
/// gst_buffer_get_max_memory(); before that happens small pieces are collected in a few larger memories, each
/// byte copied at most once. Not thread-safe.
class MemoryChain {
public:
    MemoryChain();
    ~MemoryChain();
    MemoryChain(const MemoryChain&) = delete;
    MemoryChain& operator=(const MemoryChain&) = delete;

    /// Bytes the block will have at the most; collected memories are sized by it. To be told before the first
    /// append.
    void expect(size_t bytes) { expected_ = bytes; }
    /// Appends a part of `memory`; false when it can neither be shared nor read.
    bool append(GstMemory* memory, size_t offset, size_t size);
    /// A buffer of what was appended, and the chain is empty.
    Ref<GstBuffer> take();
    void clear();

    /// In all blocks so far.
    uint64_t copiedBytes() const { return copied_; }

private:
    bool place(Ref<GstMemory> piece);
    bool extendLast(GstMemory* piece);
    bool collectAll();
    bool collect(GstMemory* piece);
    void seal();

    const size_t limit_;
    size_t expected_ = 0;
    std::vector<Ref<GstMemory>> pieces_;
    bool collecting_ = false;
    size_t chunk_ = 0;         // size of a collected memory
    Ref<GstMemory> collected_; // the one being filled: mapped, comes after pieces_
    GstMapInfo map_ = GST_MAP_INFO_INIT;
    size_t filled_ = 0;
    uint64_t copied_ = 0;
};

} // namespace lm::blockaggregator
