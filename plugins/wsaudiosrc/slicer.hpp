#pragma once

#include "plugins/common/handles.hpp"
#include "plugins/common/websocket/frame.hpp"

#include <vector>

namespace lm::wsaudiosrc {

/// Turns a byte stream cut anywhere into memories of whole frames without a second copy: bytes are written
/// behind each other into a slab, and what is complete is handed out as slices of it. Slices that follow each
/// other are spans of one parent, so that whoever gathers them can join them for nothing. A frame whose end
/// has not come yet waits in the slab. Not thread-safe; the slices may live anywhere and longer.
class Slicer {
public:
    /// `frameBytes` > 0; a slab holds about a quarter of a second, so what a track keeps unused stays small.
    Slicer(std::uint32_t rate, std::uint32_t frameBytes);

    void append(ws::Bytes bytes);
    /// Takes the whole frames that were appended since the last call, as one memory per slab.
    std::vector<Ref<GstMemory>> take();
    /// Bytes of a frame that has begun and is not complete.
    std::size_t incomplete() const { return (written_ - taken_) % frameBytes_; }
    /// These bytes, right after `take`.
    ws::Bytes begun() const { return {data_ + taken_, written_ - taken_}; }

private:
    void startSlab();
    void slice();

    std::uint32_t frameBytes_;
    std::size_t slabBytes_;
    Ref<GstMemory> slab_;
    std::uint8_t* data_ = nullptr; // of slab_; written only behind what has been handed out
    std::size_t written_ = 0;
    std::size_t taken_ = 0;
    std::vector<Ref<GstMemory>> ready_;
};

} // namespace lm::wsaudiosrc
