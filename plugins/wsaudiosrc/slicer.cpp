#include "plugins/wsaudiosrc/slicer.hpp"

#include <algorithm>
#include <cstring>

namespace lm::wsaudiosrc {
namespace {

constexpr std::size_t minSlab = 4 * 1024;
constexpr std::size_t maxSlab = 64 * 1024;

} // namespace

Slicer::Slicer(std::uint32_t rate, std::uint32_t frameBytes) : frameBytes_(frameBytes) {
    const std::size_t quarter = std::size_t{rate} / 4 * frameBytes;
    const std::size_t wanted = std::clamp(quarter, minSlab, maxSlab);
    slabBytes_ = std::max<std::size_t>(wanted / frameBytes, 1) * frameBytes;
}

void Slicer::startSlab() {
    auto* data = static_cast<std::uint8_t*>(g_malloc(slabBytes_));
    // Read-only for everybody else: whoever wants to change a slice gets a copy, and we write only where no
    // slice has been handed out.
    slab_ = Ref<GstMemory>::adopt(
        gst_memory_new_wrapped(GST_MEMORY_FLAG_READONLY, data, slabBytes_, 0, slabBytes_, data, g_free));
    data_ = data;
    written_ = taken_ = 0;
}

void Slicer::append(ws::Bytes bytes) {
    while (!bytes.empty()) {
        if (!slab_ || written_ == slabBytes_) {
            if (slab_) slice(); // all of it: a slab holds whole frames
            startSlab();
        }
        const std::size_t n = std::min(bytes.size(), slabBytes_ - written_);
        std::memcpy(data_ + written_, bytes.data(), n);
        written_ += n;
        bytes = bytes.subspan(n);
    }
}

void Slicer::slice() {
    const std::size_t whole = (written_ - taken_) / frameBytes_ * frameBytes_;
    if (whole == 0) return;
    ready_.push_back(Ref<GstMemory>::adopt(
        gst_memory_share(slab_.get(), static_cast<gssize>(taken_), static_cast<gssize>(whole))));
    taken_ += whole;
}

std::vector<Ref<GstMemory>> Slicer::take() {
    if (slab_) slice();
    return std::exchange(ready_, {});
}

} // namespace lm::wsaudiosrc
