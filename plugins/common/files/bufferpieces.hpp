#pragma once

#include "plugins/common/files/storage.hpp"

#include <gst/gst.h>

#include <vector>

namespace lm::files {

/// The memories of a buffer as pieces, without merging them, which would copy. Its vectors stay between
/// buffers.
class BufferPieces {
public:
    BufferPieces() = default;
    ~BufferPieces() { unmap(); }
    BufferPieces(const BufferPieces&) = delete;
    BufferPieces& operator=(const BufferPieces&) = delete;

    /// False when a memory cannot be read. `buffer` stays alive until unmap().
    bool map(GstBuffer* buffer) {
        unmap();
        const guint count = gst_buffer_n_memory(buffer);
        infos_.reserve(count);
        for (guint i = 0; i < count; ++i) {
            GstMapInfo info;
            if (!gst_memory_map(gst_buffer_peek_memory(buffer, i), &info, GST_MAP_READ)) return false;
            infos_.push_back(info);
            pieces_.push_back(std::as_bytes(std::span(info.data, info.size)));
        }
        return true;
    }
    Pieces pieces() const { return pieces_; }
    void unmap() {
        for (GstMapInfo& info : infos_)
            gst_memory_unmap(info.memory, &info);
        infos_.clear();
        pieces_.clear();
    }

private:
    std::vector<GstMapInfo> infos_;
    std::vector<Piece> pieces_;
};

} // namespace lm::files
