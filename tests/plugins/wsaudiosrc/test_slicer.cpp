#include "plugins/wsaudiosrc/slicer.hpp"

#include <gtest/gtest.h>

#include <random>

using namespace lm;
using lm::wsaudiosrc::Slicer;

namespace {

ws::Bytes bytes(const std::string& text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string content(const std::vector<Ref<GstMemory>>& memories) {
    std::string out;
    for (const auto& memory : memories) {
        GstMapInfo map;
        EXPECT_TRUE(gst_memory_map(memory.get(), &map, GST_MAP_READ));
        out.append(reinterpret_cast<const char*>(map.data), map.size);
        gst_memory_unmap(memory.get(), &map);
    }
    return out;
}

} // namespace

TEST(Slicer, HandsOutWholeFramesAndKeepsTheRest) {
    Slicer slicer(48000, 4);
    slicer.append(bytes("aaaabb"));
    EXPECT_EQ(content(slicer.take()), "aaaa");
    EXPECT_EQ(slicer.incomplete(), 2u);
    EXPECT_TRUE(slicer.take().empty());
    slicer.append(bytes("bbc"));
    EXPECT_EQ(content(slicer.take()), "bbbb");
    EXPECT_EQ(slicer.incomplete(), 1u);
}

TEST(Slicer, SlicesOfOneSlabAreSpansThatJoinWithoutACopy) {
    Slicer slicer(48000, 4);
    slicer.append(bytes("aaaa"));
    const auto one = slicer.take();
    slicer.append(bytes("bbbb"));
    const auto two = slicer.take();
    gsize offset = 0;
    EXPECT_TRUE(gst_memory_is_span(one.at(0).get(), two.at(0).get(), &offset));
}

TEST(Slicer, LosesNothingHoweverTheStreamIsCut) {
    std::mt19937 random(3);
    for (const std::uint32_t frame : {2u, 4u, 6u, 128u}) {
        Slicer slicer(8000, frame);
        std::string sent, received;
        while (sent.size() < 300000) {
            std::string piece(random() % 3000, '\0');
            for (auto& c : piece)
                c = static_cast<char>(random());
            sent += piece;
            slicer.append(bytes(piece));
            if (random() % 3 == 0) {
                const auto got = content(slicer.take());
                ASSERT_EQ(got.size() % frame, 0u);
                received += got;
            }
        }
        received += content(slicer.take());
        EXPECT_EQ(received, sent.substr(0, sent.size() - slicer.incomplete()));
        EXPECT_LT(slicer.incomplete(), frame);
    }
}

TEST(Slicer, SlicesOutliveTheSlicer) {
    std::vector<Ref<GstMemory>> slices;
    {
        Slicer slicer(48000, 2);
        slicer.append(bytes("abcd"));
        slices = slicer.take();
    }
    EXPECT_EQ(content(slices), "abcd");
}

TEST(Slicer, WhoWritesIntoASliceGetsACopy) {
    Slicer slicer(48000, 2);
    slicer.append(bytes("abcd"));
    auto slices = slicer.take();
    const auto kept = Ref<GstMemory>::share(slices.at(0).get());
    auto buffer = Ref<GstBuffer>::adopt(gst_buffer_new());
    gst_buffer_append_memory(buffer.get(), slices.at(0).release());
    {
        MappedBuffer map(buffer.get(), GST_MAP_WRITE);
        ASSERT_TRUE(map);
        map.data()[0] = 'X';
    }
    EXPECT_EQ(content({kept}), "abcd");
}
