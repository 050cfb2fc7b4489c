#include "tests/plugins/imentivsink/sinkrig.hpp"
#include "tests/support/fakeservice.hpp"

#include "plugins/common/names.hpp"

#include <gtest/gtest.h>

namespace lm::test {
namespace {

const char* const kDelivered = names::imentivsink::msgDelivered;
const char* const kFailed = names::imentivsink::msgFailed;

Answer held(const ReceivedPost&, std::size_t) {
    Answer answer;
    answer.hold = true;
    return answer;
}

TEST(Eos, MessageComesAfterTheLastDeliveryWithTheEventsSeqnum) {
    FakeService service(held);
    SinkRig rig(service.url());
    rig.pushBlocks(3);
    ASSERT_TRUE(service.waitForHeld(1));
    EXPECT_TRUE(rig.sendEos(4711)); // returns although nothing is answered
    EXPECT_EQ(rig.countSeen("eos"), 0U);
    service.releaseAllFromNowOn();
    const auto eos = rig.expect("eos");
    ASSERT_EQ(eos.size(), 1U);
    EXPECT_EQ(gst_message_get_seqnum(eos[0].get()), 4711U);
    EXPECT_EQ(rig.seen(), (std::vector<std::string>{kDelivered, kDelivered, kDelivered, "eos"}));
    EXPECT_EQ(service.received().at(2).header("x-block-final"), "true");
    EXPECT_EQ(service.received().at(1).header("x-block-final"), "false");
}

TEST(Eos, MessageComesAtOnceWhenNothingIsOutstanding) {
    FakeService service;
    SinkRig rig(service.url());
    rig.pushBlocks(1);
    ASSERT_EQ(rig.expect(kDelivered).size(), 1U);
    EXPECT_TRUE(rig.sendEos());
    EXPECT_EQ(rig.expect("eos").size(), 1U);
}

TEST(Eos, MessageComesAfterAFailureWasReported) {
    FakeService service([](const ReceivedPost&, std::size_t) { return Answer{400}; });
    SinkRig rig(service.url());
    rig.pushBlocks(2);
    EXPECT_TRUE(rig.sendEos());
    ASSERT_EQ(rig.expect("eos").size(), 1U);
    EXPECT_EQ(rig.seen(), (std::vector<std::string>{kFailed, kFailed, "eos"}));
}

TEST(Eos, MessageComesWhenTheDrainTimeoutHasPassed) {
    FakeService service(held);
    SinkRig rig(service.url(),
                [](GstElement* sink) { g_object_set(sink, "drain-timeout-ms", 100, nullptr); });
    rig.pushBlocks(2);
    ASSERT_TRUE(service.waitForHeld(1));
    EXPECT_TRUE(rig.sendEos());
    const auto failed = rig.expect(kFailed, 2);
    ASSERT_EQ(failed.size(), 2U);
    EXPECT_EQ(text(failed[1], "reason"), "not delivered before the drain timeout");
    EXPECT_EQ(rig.expect("eos").size(), 1U);
    EXPECT_EQ(rig.stat("queued-blocks"), 0U);
}

/// What GstBaseSink does, and a bin, which forgets who had ended when it leaves PLAYING, waits for.
TEST(Eos, MessageIsRepeatedWhenThePipelinePlaysAgain) {
    FakeService service(held);
    SinkRig rig(service.url());
    rig.pushBlocks(1);
    ASSERT_TRUE(service.waitForHeld(1));
    EXPECT_TRUE(rig.sendEos(4711));
    service.releaseAllFromNowOn();
    ASSERT_EQ(rig.expect("eos").size(), 1U);
    gst_element_set_state(rig.sink(), GST_STATE_PAUSED);
    gst_element_set_state(rig.sink(), GST_STATE_PLAYING);
    const auto again = rig.expect("eos");
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(gst_message_get_seqnum(again[0].get()), 4711U);
}

TEST(Eos, MessageThatIsStillToComeIsNotPostedByPlayingAgain) {
    FakeService service(held);
    SinkRig rig(service.url());
    rig.pushBlocks(1);
    ASSERT_TRUE(service.waitForHeld(1));
    EXPECT_TRUE(rig.sendEos());
    gst_element_set_state(rig.sink(), GST_STATE_PAUSED);
    gst_element_set_state(rig.sink(), GST_STATE_PLAYING);
    EXPECT_EQ(rig.countSeen("eos"), 0U);
    service.releaseAllFromNowOn();
    ASSERT_EQ(rig.expect("eos").size(), 1U);
    EXPECT_EQ(rig.countSeen("eos"), 1U);
}

TEST(Eos, RefusesBuffersAfterwardsUntilAFlush) {
    FakeService service(held);
    SinkRig rig(service.url());
    rig.pushBlocks(1);
    ASSERT_TRUE(service.waitForHeld(1));
    EXPECT_TRUE(rig.sendEos());
    EXPECT_EQ(rig.push(pattern(1)), GST_FLOW_EOS);
}

TEST(Eos, FlushCancelsWhatIsUndeliveredAndThePendingMessage) {
    FakeService service([](const ReceivedPost& request, std::size_t) {
        Answer answer;
        answer.hold = request.header("x-block-sequence") != "2";
        return answer;
    });
    SinkRig rig(service.url());
    rig.pushBlocks(2);
    ASSERT_TRUE(service.waitForHeld(1));
    EXPECT_TRUE(rig.sendEos());
    EXPECT_TRUE(gst_harness_push_event(rig.harness(), gst_event_new_flush_start()));
    EXPECT_TRUE(gst_harness_push_event(rig.harness(), gst_event_new_flush_stop(TRUE)));
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    EXPECT_TRUE(gst_harness_push_event(rig.harness(), gst_event_new_segment(&segment)));
    const auto failed = rig.expect(kFailed, 2);
    ASSERT_EQ(failed.size(), 2U);
    EXPECT_EQ(text(failed[0], "reason"), "stopped");

    rig.pushBlocks(1, 2);
    ASSERT_EQ(rig.expect(kDelivered).size(), 1U) << "the sink works again";
    EXPECT_EQ(rig.countSeen("eos"), 0U);
    EXPECT_TRUE(rig.sendEos());
    EXPECT_EQ(rig.expect("eos").size(), 1U);
}

TEST(Eos, PipelineEndsOnlyAfterEverythingIsDelivered) {
    FakeService service;
    const auto pipeline = Ref<GstElement>::sink(gst_pipeline_new(nullptr));
    auto* source = gst_element_factory_make("audiotestsrc", nullptr);
    ASSERT_TRUE(source) << "audiotestsrc is part of gst-plugins-base";
    g_object_set(source, "num-buffers", 20, "samplesperbuffer", 4800, nullptr);
    auto sink = makeSink(service.url());
    gst_bin_add_many(GST_BIN(pipeline.get()), source, sink.get(), nullptr);
    const auto caps = Ref<GstCaps>::adopt(gst_caps_from_string(SinkRig::kCaps));
    ASSERT_TRUE(gst_element_link_filtered(source, sink.get(), caps.get()));
    ASSERT_NE(gst_element_set_state(pipeline.get(), GST_STATE_PLAYING), GST_STATE_CHANGE_FAILURE);
    const auto bus = Ref<GstBus>::adopt(gst_element_get_bus(pipeline.get()));
    const auto end = Ref<GstMessage>::adopt(gst_bus_timed_pop_filtered(
        bus.get(), 20 * GST_SECOND, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR)));
    ASSERT_TRUE(end);
    EXPECT_EQ(GST_MESSAGE_TYPE(end.get()), GST_MESSAGE_EOS);
    EXPECT_EQ(service.received().size(), 20U);
    EXPECT_EQ(service.received().back().header("x-block-final"), "true");
    gst_element_set_state(pipeline.get(), GST_STATE_NULL);
}

} // namespace
} // namespace lm::test
