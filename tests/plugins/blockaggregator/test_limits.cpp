#include "tests/plugins/blockaggregator/aggregatorfixture.hpp"
#include "tests/support/eventually.hpp"

#include <numeric>

namespace {

using namespace lm;
using namespace lm::test;
namespace n = names::blockaggregator;

std::vector<uint8_t> counted(size_t count, size_t first = 0) {
    std::vector<uint8_t> bytes(count);
    std::iota(bytes.begin(), bytes.end(), static_cast<uint8_t>(first));
    return bytes;
}

std::vector<uint8_t> bytesIn(GstBuffer* buffer) {
    std::vector<uint8_t> bytes(gst_buffer_get_size(buffer));
    gst_buffer_extract(buffer, 0, bytes.data(), bytes.size());
    return bytes;
}

const guint8* addressOf(GstMemory* memory) {
    GstMapInfo map;
    EXPECT_TRUE(gst_memory_map(memory, &map, GST_MAP_READ));
    const guint8* data = map.data;
    gst_memory_unmap(memory, &map);
    return data;
}

TEST(ZeroCopy, SlicesOfASlabLeaveAsOnePieceOfIt) {
    Aggregator aggregator(0.1);
    const auto slab = Ref<GstMemory>::adopt(gst_allocator_alloc(nullptr, 400, nullptr));
    const guint8* start = addressOf(slab.get());
    for (gssize at = 0; at < 400; at += 20) {
        GstBuffer* buffer = gst_buffer_new();
        gst_buffer_append_memory(buffer, gst_memory_share(slab.get(), at, 20));
        EXPECT_EQ(aggregator.push(Ref<GstBuffer>::adopt(buffer)), GST_FLOW_OK);
    }
    for (const size_t offset : {0u, 200u}) {
        const auto block = aggregator.tryPull();
        ASSERT_TRUE(block);
        ASSERT_EQ(gst_buffer_n_memory(block.get()), 1u);
        EXPECT_EQ(addressOf(gst_buffer_peek_memory(block.get(), 0)), start + offset);
    }
    EXPECT_EQ(aggregator.stats().number("copied-bytes"), 0u);
}

TEST(ZeroCopy, ABufferAcrossABoundaryIsSharedByBothBlocks) {
    Aggregator aggregator(0.1);
    const auto buffer = bufferOf(ramp(200, 50), 50 * GST_MSECOND);
    const guint8* start = addressOf(gst_buffer_peek_memory(buffer.get(), 0));
    aggregator.push(bufferOf(ramp(50), 0));
    aggregator.push(buffer);
    aggregator.tryPull();
    const auto second = aggregator.tryPull();
    ASSERT_TRUE(second);
    EXPECT_EQ(addressOf(gst_buffer_peek_memory(second.get(), 0)), start + 100);
    EXPECT_EQ(aggregator.stats().number("copied-bytes"), 0u);
}

TEST(ZeroCopy, ManyForeignBuffersCostAtMostOneCopy) {
    Aggregator aggregator(1);
    for (size_t i = 0; i < 1000; i += 10)
        aggregator.push(bufferOf(ramp(10, i)));
    const auto block = aggregator.tryPull();
    ASSERT_TRUE(block);
    EXPECT_EQ(samplesIn(block.get()), ramp(1000));
    EXPECT_LE(gst_buffer_n_memory(block.get()), gst_buffer_get_max_memory());
    EXPECT_LE(aggregator.stats().number("copied-bytes"), 2000u);
}

TEST(ZeroCopy, ABlockOutlivesTheElement) {
    Ref<GstBuffer> block;
    {
        Aggregator aggregator(0.1);
        aggregator.push(bufferOf(ramp(150), 0));
        block = aggregator.tryPull();
    }
    ASSERT_TRUE(block);
    EXPECT_EQ(samplesIn(block.get()), ramp(100));
}

class OddBytes : public testing::TestWithParam<size_t> {};

TEST_P(OddBytes, AreJoinedAndNeverLost) {
    Aggregator aggregator(0.1);
    aggregator.setCaps(1000, 3); // a frame is 6 bytes, a block 600
    const size_t total = 6 * 250;
    for (size_t at = 0; at < total; at += GetParam())
        EXPECT_EQ(aggregator.push(bufferOfBytes(counted(std::min(GetParam(), total - at), at))), GST_FLOW_OK);
    aggregator.send(gst_event_new_eos());
    std::vector<uint8_t> all;
    while (const auto block = aggregator.tryPull()) {
        EXPECT_EQ(gst_buffer_get_size(block.get()) % 6, 0u);
        const auto bytes = bytesIn(block.get());
        all.insert(all.end(), bytes.begin(), bytes.end());
    }
    EXPECT_EQ(all, counted(total));
    EXPECT_EQ(aggregator.stats().number("incomplete-bytes"), 0u);
}

INSTANTIATE_TEST_SUITE_P(Cuts, OddBytes, testing::Values(1, 5, 7, 13, 599, 601, 1499));

TEST(OddBytesAtTheEnd, AreCountedAndTheLevelsMeasureJoinedSamples) {
    Aggregator aggregator(10);
    aggregator.push(bufferOfBytes({0x00, 0x40, 0x00}));
    aggregator.push(bufferOfBytes({0x40, 0x00, 0x40, 0x77}));
    aggregator.send(gst_event_new_eos());
    EXPECT_EQ(aggregator.pullAll(), (Blocks{Samples(3, 0x4000)}));
    const auto messages = aggregator.messages();
    EXPECT_NEAR(messages[0].real("rms"), -6.0206, 1e-4);
    EXPECT_EQ(aggregator.stats().number("incomplete-bytes"), 1u);
}

TEST(Bounds, AHugeBufferBecomesManyBlocksOfItsMemory) {
    Aggregator aggregator(3600,
                          [](GstElement* element) { g_object_set(element, n::maxBytes, 1000u, nullptr); });
    aggregator.push(bufferOf(ramp(1'000'000), 0));
    guint64 blocks = 0;
    size_t next = 0;
    while (const auto block = aggregator.tryPull()) {
        ASSERT_EQ(samplesIn(block.get()), ramp(500, next));
        next += 500;
        ++blocks;
    }
    EXPECT_EQ(blocks, 2000u);
    EXPECT_EQ(aggregator.stats().number("copied-bytes"), 0u);
}

TEST(Bounds, EmptyBuffersAreHarmless) {
    Aggregator aggregator;
    EXPECT_EQ(aggregator.push(Ref<GstBuffer>::adopt(gst_buffer_new())), GST_FLOW_OK);
    aggregator.push(bufferOf(ramp(100), 0));
    EXPECT_EQ(aggregator.pullAll(), (Blocks{ramp(100)}));
}

TEST(Bounds, ARefusalReachesUpstreamAndNothingPilesUp) {
    Aggregator aggregator(0.1);
    gst_pad_set_active(aggregator.harness()->sinkpad, FALSE);
    guint64 refusals = 0;
    for (guint64 i = 0; i < 1000; ++i)
        refusals += aggregator.push(bufferOf(ramp(30), i * 30 * GST_MSECOND)) == GST_FLOW_FLUSHING;
    EXPECT_GE(refusals, 250u);
    EXPECT_GE(aggregator.stats().number("dropped-frames"), 29'900u);
    EXPECT_EQ(aggregator.stats().number("blocks"), 0u);
}

TEST(Bounds, AnIsolatedFailureIsCountedAndNotToldUpstream) {
    Aggregator aggregator(0.1, [](GstElement* element) { g_object_set(element, "isolate", TRUE, nullptr); });
    GstPad* sink = aggregator.harness()->sinkpad;
    const auto src = Ref<GstPad>::adopt(gst_element_get_static_pad(aggregator.element(), "src"));
    gst_pad_unlink(src.get(), sink);
    EXPECT_EQ(aggregator.push(bufferOf(ramp(250), 0)), GST_FLOW_OK);
    EXPECT_EQ(aggregator.stats().number("dropped-frames"), 250u);
    ASSERT_EQ(gst_pad_link(src.get(), sink), GST_PAD_LINK_OK);
    EXPECT_EQ(aggregator.push(bufferOf(ramp(100, 250), 250 * GST_MSECOND)), GST_FLOW_OK);
    EXPECT_TRUE(aggregator.tryPull());
}

TEST(Bounds, CapsThatAnIsolatedBranchCannotTakeLeaveTheOtherBranchesAlone) {
    GST_ELEMENT_REGISTER(blockaggregator, nullptr);
    const auto pipeline = Ref<GstElement>::sink(gst_parse_launch(
        "audiotestsrc num-buffers=20 ! audio/x-raw,format=S16LE,rate=8000,channels=1 ! tee name=split "
        "split. ! fakesink name=recording async=false sync=false "
        "split. ! blockaggregator isolate=true group-seconds=0.05 ! audio/x-raw,channels=2 ! "
        "fakesink async=false sync=false",
        nullptr));
    ASSERT_TRUE(pipeline);
    const auto recording = Ref<GstElement>::adopt(gst_bin_get_by_name(GST_BIN(pipeline.get()), "recording"));
    gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
    guint64 rendered = 0;
    EXPECT_TRUE(eventually([&] {
        GstStructure* stats = nullptr;
        g_object_get(recording.get(), "stats", &stats, nullptr);
        const Owned<GstStructure> owned(stats);
        return gst_structure_get_uint64(stats, "rendered", &rendered) && rendered == 20;
    })) << rendered;
    gst_element_set_state(pipeline.get(), GST_STATE_NULL);
}

TEST(Bounds, AfterARefusalTheNextBlockIsDiscontinuousAndInPlace) {
    Aggregator aggregator(0.1);
    GstPad* sink = aggregator.harness()->sinkpad;
    const auto src = Ref<GstPad>::adopt(gst_element_get_static_pad(aggregator.element(), "src"));
    gst_pad_unlink(src.get(), sink);
    EXPECT_EQ(aggregator.push(bufferOf(ramp(250), 0)), GST_FLOW_NOT_LINKED);
    EXPECT_EQ(aggregator.stats().number("dropped-frames"), 250u);
    ASSERT_EQ(gst_pad_link(src.get(), sink), GST_PAD_LINK_OK);
    EXPECT_EQ(aggregator.push(bufferOf(ramp(100, 250), 250 * GST_MSECOND)), GST_FLOW_OK);
    const auto block = aggregator.tryPull();
    ASSERT_TRUE(block);
    EXPECT_TRUE(GST_BUFFER_FLAG_IS_SET(block.get(), GST_BUFFER_FLAG_DISCONT));
    EXPECT_EQ(GST_BUFFER_OFFSET(block.get()), 250u);
    EXPECT_EQ(GST_BUFFER_PTS(block.get()), 250 * GST_MSECOND);
    EXPECT_EQ(samplesIn(block.get()), ramp(100, 250));
}

TEST(Bounds, StatsCountWhatWasPushed) {
    Aggregator aggregator(0.1);
    aggregator.setCaps(1000, 2);
    aggregator.push(bufferOf(ramp(500), 0));
    aggregator.send(gst_event_new_eos());
    const Fields stats = aggregator.stats();
    EXPECT_EQ(stats.number("blocks"), 3u);
    EXPECT_EQ(stats.number("frames"), 250u);
    EXPECT_EQ(stats.number("bytes"), 1000u);
    EXPECT_EQ(stats.number("dropped-frames"), 0u);
    EXPECT_EQ(stats.number("incomplete-bytes"), 0u);
}

TEST(Bounds, StartedAgainItBeginsAnew) {
    Aggregator aggregator(0.1);
    aggregator.push(bufferOf(ramp(100), 0));
    aggregator.tryPull();
    gst_element_set_state(aggregator.element(), GST_STATE_NULL);
    gst_element_set_state(aggregator.element(), GST_STATE_NULL);
    g_object_set(aggregator.element(), n::groupSeconds, 0.05, nullptr);
    gst_element_set_state(aggregator.element(), GST_STATE_PLAYING);
    EXPECT_EQ(aggregator.stats().number("blocks"), 0u);
    gst_harness_play(aggregator.harness());
    aggregator.send(gst_event_new_stream_start("again"));
    aggregator.setCaps(1000, 1);
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    aggregator.send(gst_event_new_segment(&segment));
    aggregator.messages();
    aggregator.push(bufferOf(ramp(50), 0));
    const auto messages = aggregator.messages();
    ASSERT_EQ(messages.size(), 1u);
    EXPECT_EQ(messages[0].number("sequence"), 0u);
    EXPECT_EQ(messages[0].number("sample"), 0u);
    EXPECT_EQ(messages[0].number("samples"), 50u);
}

} // namespace
