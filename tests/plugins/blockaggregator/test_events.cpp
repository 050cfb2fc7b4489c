#include "tests/plugins/blockaggregator/aggregatorfixture.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace {

using namespace lm;
using namespace lm::test;
namespace n = names::blockaggregator;

GstEvent* custom(const char* name) {
    return gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM, gst_structure_new_empty(name));
}

TEST(Events, EosFlushesThePartialBlockAndMarksIt) {
    Aggregator aggregator;
    aggregator.push(bufferOf(ramp(30), 0));
    EXPECT_FALSE(aggregator.tryPull());
    aggregator.send(gst_event_new_eos());
    const auto block = aggregator.tryPull();
    ASSERT_TRUE(block);
    EXPECT_EQ(samplesIn(block.get()), ramp(30));
    EXPECT_TRUE(GST_BUFFER_FLAG_IS_SET(block.get(), GST_BUFFER_FLAG_MARKER));
}

TEST(Events, ACorrectedFormatEndsTheBlockAndCountsOnInItsFrames) {
    Aggregator aggregator; // mono at 1000 Hz, 100 ms a block
    aggregator.push(bufferOf(ramp(150), 0));
    aggregator.send(gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM,
                                         gst_structure_new(names::wsaudiosrc::formatEvent, "rate", G_TYPE_INT,
                                                           1000, "channels", G_TYPE_INT, 2, nullptr)));
    aggregator.setCaps(1000, 2);
    const auto next = bufferOf(ramp(200, 150), 75 * GST_MSECOND);
    GST_BUFFER_FLAG_SET(next.get(), GST_BUFFER_FLAG_DISCONT);
    aggregator.push(next);
    const auto blocks = aggregator.messages();
    ASSERT_EQ(blocks.size(), 3u);
    EXPECT_EQ(blocks[1].text("reason"), "caps");
    EXPECT_EQ(blocks[1].integer("channels"), 1);
    EXPECT_EQ(blocks[2].number("sample"), 75u) << "150 samples are 75 frames of two channels";
    EXPECT_EQ(blocks[2].number("samples"), 100u);
    EXPECT_EQ(blocks[2].integer("channels"), 2);
    EXPECT_EQ(blocks[2].number("pts-ns"), 75 * GST_MSECOND);
    EXPECT_EQ(aggregator.pullAll(), (Blocks{ramp(100), ramp(50, 100), ramp(200, 150)}));
}

TEST(Events, EosOnABlockBoundaryAddsNoEmptyBlock) {
    Aggregator aggregator;
    aggregator.push(bufferOf(ramp(100), 0));
    aggregator.send(gst_event_new_eos());
    EXPECT_EQ(aggregator.pullAll().size(), 1u);
}

TEST(Events, FlushEventPushesThePartialBlockAtOnceAndTravelsOn) {
    Aggregator aggregator;
    aggregator.push(bufferOf(ramp(30), 0));
    EXPECT_TRUE(aggregator.send(custom(n::flushEvent)));
    EXPECT_EQ(aggregator.pullAll(), (Blocks{ramp(30)}));
    EXPECT_EQ(aggregator.messages()[0].text("reason"), "flush");
    bool seen = false;
    while (const auto event = Ref<GstEvent>::adopt(gst_harness_try_pull_event(aggregator.harness())))
        seen |= gst_event_has_name(event.get(), n::flushEvent) != FALSE;
    EXPECT_TRUE(seen);
    aggregator.push(bufferOf(ramp(100, 30), 30 * GST_MSECOND));
    const auto next = aggregator.tryPull();
    ASSERT_TRUE(next) << "a new block begins after the flush";
    EXPECT_FALSE(GST_BUFFER_FLAG_IS_SET(next.get(), GST_BUFFER_FLAG_DISCONT));
    EXPECT_EQ(GST_BUFFER_OFFSET(next.get()), 30u);
}

TEST(Events, SentToTheElementByTheApplicationPassThroughTheBlock) {
    Aggregator aggregator;
    aggregator.push(bufferOf(ramp(30), 0));
    EXPECT_TRUE(gst_element_send_event(aggregator.element(), custom(n::flushEvent)));
    EXPECT_EQ(aggregator.pullAll(), (Blocks{ramp(30)}));
    aggregator.push(bufferOf(ramp(20), 30 * GST_MSECOND));
    EXPECT_TRUE(gst_element_send_event(aggregator.element(), gst_event_new_eos()));
    EXPECT_EQ(aggregator.pullAll(), (Blocks{ramp(20)}));
}

TEST(Events, OtherEventsDoNotEndABlock) {
    Aggregator aggregator;
    aggregator.push(bufferOf(ramp(30), 0));
    EXPECT_TRUE(aggregator.send(custom(names::wsaudiosrc::muteEvent)));
    EXPECT_TRUE(aggregator.send(gst_event_new_tag(gst_tag_list_new_empty())));
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    EXPECT_TRUE(aggregator.send(gst_event_new_segment(&segment))) << "the segment that is in force already";
    aggregator.setCaps(1000, 1);
    EXPECT_FALSE(aggregator.tryPull());
    aggregator.push(bufferOf(ramp(70, 30), 30 * GST_MSECOND));
    EXPECT_EQ(aggregator.pullAll(), (Blocks{ramp(100)}));
}

TEST(Events, NewCapsEndTheBlockInItsOwnFormat) {
    Aggregator aggregator;
    aggregator.push(bufferOf(ramp(30), 0));
    aggregator.setCaps(2000, 2);
    auto messages = aggregator.messages();
    ASSERT_EQ(messages.size(), 1u);
    EXPECT_EQ(messages[0].text("reason"), "caps");
    EXPECT_EQ(messages[0].integer("rate"), 1000);
    aggregator.push(bufferOf(ramp(400), 30 * GST_MSECOND));
    EXPECT_EQ(aggregator.pullAll(), (Blocks{ramp(30), ramp(400)}));
    messages = aggregator.messages();
    EXPECT_EQ(messages[0].integer("channels"), 2);
    EXPECT_EQ(messages[0].number("samples"), 200u);
    EXPECT_EQ(messages[0].number("pts-ns"), 30'000'000u);
}

TEST(Events, AJumpInTimeEndsTheBlock) {
    Aggregator aggregator;
    aggregator.push(bufferOf(ramp(30), 0));
    auto late = bufferOf(ramp(100, 30), 10 * GST_SECOND);
    GST_BUFFER_FLAG_SET(late.get(), GST_BUFFER_FLAG_DISCONT);
    aggregator.push(late);
    EXPECT_EQ(samplesIn(aggregator.tryPull().get()), ramp(30));
    EXPECT_EQ(aggregator.messages()[0].text("reason"), "discont");
    const auto after = aggregator.tryPull();
    ASSERT_TRUE(after);
    EXPECT_TRUE(GST_BUFFER_FLAG_IS_SET(after.get(), GST_BUFFER_FLAG_DISCONT));
    EXPECT_EQ(GST_BUFFER_PTS(after.get()), 10 * GST_SECOND);
    EXPECT_EQ(GST_BUFFER_OFFSET(after.get()), 30u) << "positions count what was received";
}

TEST(Events, ADiscontFlagWithoutAJumpDoesNotEndTheBlock) {
    Aggregator aggregator;
    aggregator.push(bufferOf(ramp(30), 0));
    auto next = bufferOf(ramp(70, 30), 30 * GST_MSECOND);
    GST_BUFFER_FLAG_SET(next.get(), GST_BUFFER_FLAG_DISCONT);
    aggregator.push(next);
    EXPECT_EQ(aggregator.pullAll(), (Blocks{ramp(100)}));
}

TEST(Events, AGapEndsTheBlockBeforeIt) {
    Aggregator aggregator;
    aggregator.push(bufferOf(ramp(30), 0));
    aggregator.send(gst_event_new_gap(30 * GST_MSECOND, GST_SECOND));
    EXPECT_EQ(aggregator.pullAll(), (Blocks{ramp(30)}));
    EXPECT_EQ(aggregator.messages()[0].text("reason"), "discont");
}

TEST(Events, ANewSegmentEndsTheBlockBeforeIt) {
    Aggregator aggregator;
    aggregator.push(bufferOf(ramp(30), 0));
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    segment.start = segment.time = segment.position = 100 * GST_SECOND;
    aggregator.send(gst_event_new_segment(&segment));
    EXPECT_EQ(aggregator.pullAll(), (Blocks{ramp(30)}));
    aggregator.push(bufferOf(ramp(100), 100 * GST_SECOND));
    EXPECT_EQ(GST_BUFFER_PTS(aggregator.tryPull().get()), 100 * GST_SECOND);
}

void flush(Aggregator& aggregator) {
    EXPECT_TRUE(aggregator.send(gst_event_new_flush_start()));
    EXPECT_TRUE(aggregator.send(gst_event_new_flush_stop(TRUE)));
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    EXPECT_TRUE(aggregator.send(gst_event_new_segment(&segment)));
}

TEST(Events, AGStreamerFlushDoesNotLoseWhatWasReceived) {
    Aggregator aggregator;
    aggregator.push(bufferOf(ramp(30), 0));
    std::vector<Samples> pushed;
    const auto pad = Ref<GstPad>::adopt(gst_element_get_static_pad(aggregator.element(), "src"));
    gst_pad_add_probe(
        pad.get(), GST_PAD_PROBE_TYPE_BUFFER,
        [](GstPad*, GstPadProbeInfo* info, gpointer data) {
            static_cast<std::vector<Samples>*>(data)->push_back(samplesIn(GST_PAD_PROBE_INFO_BUFFER(info)));
            return GST_PAD_PROBE_OK;
        },
        &pushed, nullptr);
    flush(aggregator);
    EXPECT_EQ(pushed, (Blocks{ramp(30)}));
    EXPECT_EQ(aggregator.messages()[0].text("reason"), "flush");
    EXPECT_EQ(aggregator.stats().number("dropped-frames"), 0u);
    aggregator.push(bufferOf(ramp(100), 77 * GST_SECOND));
    ASSERT_EQ(pushed.size(), 2u) << "a new block begins after the flush";
    EXPECT_EQ(pushed[1], ramp(100));
}

/// Holds every push until the pad is flushed, like a sink that has prerolled.
struct BlockedSink {
    std::mutex mutex;
    std::condition_variable changed;
    bool reached = false;
    bool flushing = false;

    static GstFlowReturn chain(GstPad* pad, GstObject*, GstBuffer* buffer) {
        auto* self = static_cast<BlockedSink*>(gst_pad_get_element_private(pad));
        gst_buffer_unref(buffer);
        std::unique_lock lock(self->mutex);
        self->reached = true;
        self->changed.notify_all();
        self->changed.wait(lock, [self] { return self->flushing; });
        return GST_FLOW_FLUSHING;
    }
    static gboolean event(GstPad* pad, GstObject*, GstEvent* event) {
        auto* self = static_cast<BlockedSink*>(gst_pad_get_element_private(pad));
        const std::lock_guard lock(self->mutex);
        if (GST_EVENT_TYPE(event) == GST_EVENT_FLUSH_START) self->flushing = true;
        self->changed.notify_all();
        gst_event_unref(event);
        return TRUE;
    }
};

TEST(Events, AFlushFreesABlockedDownstreamAndCountsWhatItCost) {
    Aggregator aggregator;
    BlockedSink sink;
    const auto src = Ref<GstPad>::adopt(gst_element_get_static_pad(aggregator.element(), "src"));
    const auto old = Ref<GstPad>::adopt(gst_pad_get_peer(src.get()));
    gst_pad_unlink(src.get(), old.get());
    const auto blocked = Ref<GstPad>::sink(gst_pad_new("blocked", GST_PAD_SINK));
    gst_pad_set_element_private(blocked.get(), &sink);
    gst_pad_set_chain_function(blocked.get(), BlockedSink::chain);
    gst_pad_set_event_function(blocked.get(), BlockedSink::event);
    gst_pad_set_active(blocked.get(), TRUE);
    ASSERT_EQ(gst_pad_link(src.get(), blocked.get()), GST_PAD_LINK_OK);

    std::thread streaming([&] { EXPECT_EQ(aggregator.push(bufferOf(ramp(130), 0)), GST_FLOW_FLUSHING); });
    {
        std::unique_lock lock(sink.mutex);
        sink.changed.wait(lock, [&] { return sink.reached; });
    }
    EXPECT_TRUE(aggregator.send(gst_event_new_flush_start()));
    streaming.join();
    EXPECT_TRUE(aggregator.send(gst_event_new_flush_stop(TRUE)));
    EXPECT_EQ(aggregator.stats().number("dropped-frames"), 130u);
    gst_pad_unlink(src.get(), blocked.get());
    gst_pad_set_active(blocked.get(), FALSE);
    gst_pad_link(src.get(), old.get());
}

} // namespace
