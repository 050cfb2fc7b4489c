#include "plugins/wsaudiosrc/silence.hpp"

#include <algorithm>

namespace lm::wsaudiosrc {
namespace {

constexpr std::size_t blockBytes = 64 * 1024;
// Far below the number from which GstBuffer starts to merge, that is to copy.
constexpr int memoriesPerBuffer = 8;

/// Lives as long as the process.
GstMemory* zeros() {
    static GstMemory* const block = [] {
        GstMemory* fresh = gst_memory_new_wrapped(GST_MEMORY_FLAG_READONLY, g_malloc0(blockBytes), blockBytes,
                                                  0, blockBytes, nullptr, nullptr);
        GST_MINI_OBJECT_FLAG_SET(fresh, GST_MINI_OBJECT_FLAG_MAY_BE_LEAKED);
        return fresh;
    }();
    return block;
}

} // namespace

Ref<GstBuffer> makeSilence(std::uint64_t bytes, std::uint32_t frameBytes) {
    auto buffer = Ref<GstBuffer>::adopt(gst_buffer_new());
    const std::uint64_t whole = blockBytes / frameBytes * frameBytes;
    for (int i = 0; i < memoriesPerBuffer && bytes > 0; ++i) {
        const std::uint64_t size = std::min(bytes, whole);
        gst_buffer_append_memory(buffer.get(), gst_memory_share(zeros(), 0, static_cast<gssize>(size)));
        bytes -= size;
    }
    GST_BUFFER_FLAG_SET(buffer.get(), GST_BUFFER_FLAG_GAP);
    return buffer;
}

} // namespace lm::wsaudiosrc
