#include "tests/plugins/imentivsink/sinkrig.hpp"
#include "tests/support/fakeservice.hpp"

#include "plugins/common/names.hpp"
#include "plugins/imentivsink/dispatcher.hpp"

#include <gtest/gtest.h>

namespace lm::test {
namespace {

const char* const kFailed = names::imentivsink::msgFailed;
const char* const kDelivered = names::imentivsink::msgDelivered;

Answer held(const ReceivedPost&, std::size_t) {
    Answer answer;
    answer.hold = true;
    return answer;
}

TEST(Lifetime, StopWhileInFlightReportsEveryBlockBeforeItReturns) {
    FakeService service(held);
    SinkRig rig(service.url());
    rig.pushBlocks(3);
    ASSERT_TRUE(service.waitForHeld(1));
    ASSERT_EQ(gst_element_set_state(rig.sink(), GST_STATE_READY), GST_STATE_CHANGE_SUCCESS);
    EXPECT_EQ(rig.countSeen(kFailed), 3U);
    EXPECT_EQ(rig.stat("failed"), 3U);
    EXPECT_EQ(rig.stat("queued-bytes"), 0U);
}

TEST(Lifetime, AStopWhileDrainingPostsNoEos) {
    FakeService service(held);
    SinkRig rig(service.url());
    rig.pushBlocks(2);
    ASSERT_TRUE(service.waitForHeld(1));
    rig.sendEos();
    gst_element_set_state(rig.sink(), GST_STATE_NULL);
    EXPECT_EQ(rig.countSeen(kFailed), 2U);
    EXPECT_EQ(rig.countSeen("eos"), 0U);
}

TEST(Lifetime, APauseLosesNothing) {
    FakeService service(held);
    SinkRig rig(service.url());
    rig.pushBlocks(2);
    ASSERT_TRUE(service.waitForHeld(1));
    ASSERT_NE(gst_element_set_state(rig.sink(), GST_STATE_PAUSED), GST_STATE_CHANGE_FAILURE);
    ASSERT_NE(gst_element_set_state(rig.sink(), GST_STATE_PLAYING), GST_STATE_CHANGE_FAILURE);
    service.releaseAllFromNowOn();
    EXPECT_EQ(rig.expect(kDelivered, 2).size(), 2U);
}

TEST(Lifetime, WorksAgainAfterAStop) {
    FakeService service;
    SinkRig rig(service.url());
    rig.pushBlocks(1);
    const auto before = rig.expect(kDelivered);
    gst_element_set_state(rig.sink(), GST_STATE_NULL);
    gst_element_set_state(rig.sink(), GST_STATE_NULL);
    gst_element_set_state(rig.sink(), GST_STATE_PLAYING);
    gst_harness_push_event(rig.harness(), gst_event_new_stream_start("again"));
    gst_harness_set_src_caps_str(rig.harness(), SinkRig::kCaps);
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_harness_push_event(rig.harness(), gst_event_new_segment(&segment));
    rig.pushBlocks(1);
    const auto after = rig.expect(kDelivered);
    ASSERT_EQ(before.size() + after.size(), 2U);
    EXPECT_EQ(number(after[0], "sequence"), 0U);
    EXPECT_NE(text(after[0], "key"), text(before[0], "key")) << "a new start is a new session";
}

TEST(Lifetime, StopsFromEveryHalfStartedState) {
    auto sink = makeSink("http://127.0.0.1:1/");
    for (const auto state : {GST_STATE_READY, GST_STATE_PAUSED, GST_STATE_PLAYING}) {
        gst_element_set_state(sink.get(), state);
        EXPECT_EQ(gst_element_set_state(sink.get(), GST_STATE_NULL), GST_STATE_CHANGE_SUCCESS);
    }
    g_object_set(sink.get(), "endpoint", "nonsense", nullptr);
    EXPECT_EQ(gst_element_set_state(sink.get(), GST_STATE_PLAYING), GST_STATE_CHANGE_FAILURE);
    EXPECT_EQ(gst_element_set_state(sink.get(), GST_STATE_NULL), GST_STATE_CHANGE_SUCCESS);
}

TEST(Lifetime, TheSinkIsFreedWhileARequestIsInFlight) {
    FakeService service(held);
    gpointer watched = nullptr;
    {
        SinkRig rig(service.url());
        watched = rig.sink();
        g_object_add_weak_pointer(G_OBJECT(watched), &watched);
        rig.pushBlocks(4);
        ASSERT_TRUE(service.waitForHeld(1));
    }
    EXPECT_EQ(watched, nullptr);
    service.release();
}

TEST(Lifetime, TheBufferIsReleasedWithTheDelivery) {
    FakeService service;
    SinkRig rig(service.url());
    GstBuffer* buffer = bufferOf(pattern(0));
    bool freed = false;
    gst_mini_object_weak_ref(
        GST_MINI_OBJECT(buffer), [](gpointer flag, GstMiniObject*) { *static_cast<bool*>(flag) = true; },
        &freed);
    ASSERT_EQ(gst_harness_push(rig.harness(), buffer), GST_FLOW_OK);
    ASSERT_EQ(rig.expect(kDelivered).size(), 1U);
    gst_element_set_state(rig.sink(), GST_STATE_NULL); // joins the dispatcher: it has let go by now
    EXPECT_TRUE(freed);
}

TEST(Lifetime, TheDispatcherLivesAsLongAsItsUsers) {
    std::weak_ptr<imentivsink::Dispatcher> watched;
    {
        const auto first = imentivsink::Dispatcher::shared();
        watched = first;
        EXPECT_EQ(imentivsink::Dispatcher::shared(), first);
    }
    EXPECT_TRUE(watched.expired());
}

TEST(Lifetime, StoppingOneSinkLeavesTheOthersAlone) {
    FakeService service(held);
    SinkRig staying(service.url());
    staying.pushBlocks(1);
    {
        SinkRig leaving(service.url());
        leaving.pushBlocks(2);
        ASSERT_TRUE(service.waitForHeld(2));
    }
    service.releaseAllFromNowOn();
    EXPECT_EQ(staying.expect(kDelivered).size(), 1U);
}

} // namespace
} // namespace lm::test
