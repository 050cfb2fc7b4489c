#include "plugins/blockaggregator/memorychain.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <random>
#include <vector>

namespace {

using lm::Ref;
using lm::blockaggregator::MemoryChain;

Ref<GstMemory> memoryOf(size_t size, guint8& counter) {
    auto memory = Ref<GstMemory>::adopt(gst_allocator_alloc(nullptr, size, nullptr));
    GstMapInfo map;
    EXPECT_TRUE(gst_memory_map(memory.get(), &map, GST_MAP_WRITE));
    std::iota(map.data, map.data + size, counter);
    counter = static_cast<guint8>(counter + size);
    gst_memory_unmap(memory.get(), &map);
    return memory;
}

void expectCounted(GstBuffer* buffer, size_t size) {
    const lm::MappedBuffer map(buffer, GST_MAP_READ);
    ASSERT_EQ(map.size(), size);
    for (size_t i = 0; i < size; ++i)
        ASSERT_EQ(map.data()[i], static_cast<guint8>(i)) << i;
}

TEST(MemoryChain, SlicesOfOneParentBecomeOneMemory) {
    guint8 counter = 0;
    const auto slab = memoryOf(1000, counter);
    MemoryChain chain;
    chain.expect(1000);
    for (gssize at = 0; at < 1000; at += 10) {
        const auto slice = Ref<GstMemory>::adopt(gst_memory_share(slab.get(), at, 10));
        ASSERT_TRUE(chain.append(slice.get(), 0, 10));
    }
    const auto buffer = chain.take();
    EXPECT_EQ(gst_buffer_n_memory(buffer.get()), 1u);
    EXPECT_EQ(chain.copiedBytes(), 0u);
    expectCounted(buffer.get(), 1000);
}

TEST(MemoryChain, SlicesWithAHoleStayApart) {
    guint8 counter = 0;
    const auto slab = memoryOf(100, counter);
    MemoryChain chain;
    chain.expect(100);
    ASSERT_TRUE(chain.append(slab.get(), 0, 40));
    ASSERT_TRUE(chain.append(slab.get(), 50, 50));
    EXPECT_EQ(gst_buffer_n_memory(chain.take().get()), 2u);
}

TEST(MemoryChain, KeepsUpToTheLimitOfABufferUncopied) {
    guint8 counter = 0;
    MemoryChain chain;
    const size_t limit = gst_buffer_get_max_memory();
    chain.expect(limit * 7);
    for (size_t i = 0; i < limit; ++i)
        ASSERT_TRUE(chain.append(memoryOf(7, counter).get(), 0, 7));
    const auto buffer = chain.take();
    EXPECT_EQ(gst_buffer_n_memory(buffer.get()), limit);
    EXPECT_EQ(chain.copiedBytes(), 0u);
    expectCounted(buffer.get(), limit * 7);
}

TEST(MemoryChain, CollectsAnyMixWithAtMostOneCopyOfEachByte) {
    std::mt19937 random(3);
    for (int round = 0; round < 300; ++round) {
        const size_t size = std::uniform_int_distribution<size_t>(1, 20000)(random);
        const size_t largest = std::uniform_int_distribution<size_t>(1, size)(random);
        MemoryChain chain;
        chain.expect(size);
        guint8 counter = 0;
        for (size_t left = size; left > 0;) {
            const size_t part = std::uniform_int_distribution<size_t>(1, std::min(left, largest))(random);
            ASSERT_TRUE(chain.append(memoryOf(part, counter).get(), 0, part));
            left -= part;
        }
        const auto buffer = chain.take();
        ASSERT_LE(gst_buffer_n_memory(buffer.get()), gst_buffer_get_max_memory());
        ASSERT_LE(chain.copiedBytes(), size);
        expectCounted(buffer.get(), size);
    }
}

TEST(MemoryChain, LargePiecesAmongSmallOnesAreNotCopied) {
    MemoryChain chain;
    guint8 counter = 0;
    chain.expect(3000);
    for (int i = 0; i < 50; ++i)
        ASSERT_TRUE(chain.append(memoryOf(10, counter).get(), 0, 10));
    const auto large = memoryOf(2000, counter);
    ASSERT_TRUE(chain.append(large.get(), 0, 2000));
    for (int i = 0; i < 50; ++i)
        ASSERT_TRUE(chain.append(memoryOf(10, counter).get(), 0, 10));
    const auto buffer = chain.take();
    EXPECT_EQ(chain.copiedBytes(), 1000u);
    bool kept = false;
    for (guint i = 0; i < gst_buffer_n_memory(buffer.get()); ++i)
        kept |= gst_buffer_peek_memory(buffer.get(), i) == large.get();
    EXPECT_TRUE(kept);
    expectCounted(buffer.get(), 3000);
}

TEST(MemoryChain, MemoryThatCannotBeSharedIsCopiedAndCounted) {
    guint8 counter = 0;
    const auto memory = memoryOf(100, counter);
    GST_MINI_OBJECT_FLAG_SET(memory.get(), GST_MEMORY_FLAG_NO_SHARE);
    MemoryChain chain;
    chain.expect(60);
    ASSERT_TRUE(chain.append(memory.get(), 0, 60));
    EXPECT_EQ(chain.copiedBytes(), 60u);
    expectCounted(chain.take().get(), 60);
}

TEST(MemoryChain, IsEmptyAfterClear) {
    guint8 counter = 0;
    MemoryChain chain;
    chain.expect(1000);
    for (int i = 0; i < 40; ++i)
        ASSERT_TRUE(chain.append(memoryOf(10, counter).get(), 0, 10));
    chain.clear();
    EXPECT_EQ(gst_buffer_get_size(chain.take().get()), 0u);
}

} // namespace
