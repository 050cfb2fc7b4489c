#include "plugins/blockaggregator/memorychain.hpp"

#include <algorithm>
#include <cstring>

namespace lm::blockaggregator {

MemoryChain::MemoryChain() : limit_(gst_buffer_get_max_memory()) {
    pieces_.reserve(limit_);
}

MemoryChain::~MemoryChain() {
    clear();
}

bool MemoryChain::append(GstMemory* memory, size_t offset, size_t size) {
    const auto start = static_cast<gssize>(offset);
    const auto length = static_cast<gssize>(size);
    if (GST_MEMORY_IS_NO_SHARE(memory)) { // its owner wants it back
        auto copy = Ref<GstMemory>::adopt(gst_memory_copy(memory, start, length));
        copied_ += size;
        return copy && place(std::move(copy));
    }
    if (offset == 0 && size == memory->size) return place(Ref<GstMemory>::share(memory));
    auto part = Ref<GstMemory>::adopt(gst_memory_share(memory, start, length));
    return part && place(std::move(part));
}

bool MemoryChain::place(Ref<GstMemory> piece) {
    if (extendLast(piece.get())) return true;
    if (!collecting_) {
        if (pieces_.size() < limit_) {
            pieces_.push_back(std::move(piece));
            return true;
        }
        if (!collectAll()) return false;
    }
    if (piece->size < chunk_) return collect(piece.get());
    seal();
    pieces_.push_back(std::move(piece));
    return true;
}

bool MemoryChain::extendLast(GstMemory* piece) {
    if (pieces_.empty() || collected_) return false;
    GstMemory* last = pieces_.back().get();
    gsize offset = 0;
    if (!gst_memory_is_span(last, piece, &offset)) return false;
    GstMemory* both = gst_memory_share(last->parent, static_cast<gssize>(offset),
                                       static_cast<gssize>(last->size + piece->size));
    if (!both) return false;
    pieces_.back() = Ref<GstMemory>::adopt(both);
    return true;
}

bool MemoryChain::collectAll() {
    // At most n pieces and full collections are as large as a chunk (n chunks are the whole block), at most n
    // collections are closed early because such a piece follows, and one is being filled: 2n + 1 <= limit.
    const size_t n = std::max<size_t>(1, limit_ / 2 - 1);
    chunk_ = std::max<size_t>(1, (expected_ + n - 1) / n);
    collecting_ = true;
    std::vector<Ref<GstMemory>> before;
    before.reserve(limit_);
    std::swap(before, pieces_);
    return std::all_of(before.begin(), before.end(), [this](auto& piece) { return place(std::move(piece)); });
}

bool MemoryChain::collect(GstMemory* piece) {
    GstMapInfo from;
    if (!gst_memory_map(piece, &from, GST_MAP_READ)) return false;
    for (size_t done = 0; done < from.size;) {
        if (!collected_) {
            collected_ = Ref<GstMemory>::adopt(gst_allocator_alloc(nullptr, chunk_, nullptr));
            gst_memory_map(collected_.get(), &map_, GST_MAP_WRITE); // own system memory: cannot fail
            filled_ = 0;
        }
        const size_t part = std::min(chunk_ - filled_, from.size - done);
        std::memcpy(map_.data + filled_, from.data + done, part);
        filled_ += part;
        done += part;
        if (filled_ == chunk_) seal();
    }
    copied_ += from.size;
    gst_memory_unmap(piece, &from);
    return true;
}

void MemoryChain::seal() {
    if (!collected_) return;
    gst_memory_unmap(collected_.get(), &map_);
    gst_memory_resize(collected_.get(), 0, filled_);
    pieces_.push_back(std::exchange(collected_, nullptr));
}

Ref<GstBuffer> MemoryChain::take() {
    seal();
    auto buffer = Ref<GstBuffer>::adopt(gst_buffer_new());
    for (auto& piece : pieces_)
        gst_buffer_append_memory(buffer.get(), piece.release());
    clear();
    return buffer;
}

void MemoryChain::clear() {
    seal();
    pieces_.clear();
    collecting_ = false;
}

} // namespace lm::blockaggregator
