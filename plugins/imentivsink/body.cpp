#include "plugins/imentivsink/body.hpp"

#include <memory>

namespace lm::imentivsink {
namespace {

struct Mapping {
    Ref<GstMemory> memory;
    GstMapInfo info = GST_MAP_INFO_INIT;
};

Ref<GBytes> mapped(GstMemory* memory) {
    auto mapping = std::make_unique<Mapping>(Mapping{Ref<GstMemory>::share(memory)});
    if (!gst_memory_map(memory, &mapping->info, GST_MAP_READ)) return {};
    const auto unmap = [](gpointer data) {
        const std::unique_ptr<Mapping> done(static_cast<Mapping*>(data));
        gst_memory_unmap(done->memory.get(), &done->info);
    };
    const auto& info = mapping->info;
    return Ref<GBytes>::adopt(g_bytes_new_with_free_func(info.data, info.size, unmap, mapping.release()));
}

} // namespace

std::vector<Ref<GBytes>> BufferBody::chunks() const {
    const guint count = gst_buffer_n_memory(buffer_.get());
    std::vector<Ref<GBytes>> all;
    all.reserve(count + 1); // room for a header in front
    for (guint i = 0; i < count; ++i) {
        auto bytes = mapped(gst_buffer_peek_memory(buffer_.get(), i));
        if (!bytes) return {};
        all.push_back(std::move(bytes));
    }
    return all;
}

} // namespace lm::imentivsink
