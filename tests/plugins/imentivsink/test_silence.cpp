#include "tests/plugins/imentivsink/sinkrig.hpp"
#include "tests/support/fakeservice.hpp"

#include "plugins/common/names.hpp"

#include <gtest/gtest.h>

namespace lm::test {
namespace {

namespace n = names::imentivsink;

/// A block as blockaggregator makes it of zeros.
GstFlowReturn pushSilence(SinkRig& rig, guint64 offset) {
    auto* buffer = bufferOf(std::string(1920, '\0'));
    GST_BUFFER_OFFSET(buffer) = offset;
    GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_GAP);
    return gst_harness_push(rig.harness(), buffer);
}

GstFlowReturn pushSound(SinkRig& rig, guint64 offset) {
    auto* buffer = bufferOf(pattern(1));
    GST_BUFFER_OFFSET(buffer) = offset;
    return gst_harness_push(rig.harness(), buffer);
}

TEST(Silence, IsNotSentAndTold) {
    FakeService service;
    SinkRig rig(service.url("/in"));
    EXPECT_EQ(pushSilence(rig, 960), GST_FLOW_OK);
    const auto skipped = rig.expect(n::msgSkipped);
    ASSERT_EQ(skipped.size(), 1U);
    EXPECT_EQ(number(skipped[0], "sequence"), 0U);
    EXPECT_EQ(number(skipped[0], "sample"), 960U);
    EXPECT_EQ(number(skipped[0], "samples"), 480U);
    EXPECT_EQ(text(skipped[0], "reason"), "silence");
    EXPECT_EQ(rig.stat("skipped"), 1U);
    EXPECT_EQ(rig.stat("accepted"), 0U);
    rig.sendEos();
    EXPECT_EQ(rig.expect("eos").size(), 1U);
    EXPECT_TRUE(service.received().empty());
}

TEST(Silence, LeavesAHoleThatTheNextBlockExplains) {
    FakeService service;
    SinkRig rig(service.url("/in"));
    pushSound(rig, 0);
    pushSilence(rig, 480);
    pushSilence(rig, 960);
    pushSound(rig, 1440);
    pushSound(rig, 1920);
    ASSERT_EQ(rig.expect(n::msgDelivered, 3).size(), 3U);
    const auto received = service.received();
    const auto headers = [&](std::size_t at) {
        return received.at(at).header("x-block-sequence") + " " + received.at(at).header("x-block-skipped") +
               " " + received.at(at).header("x-block-start-sample");
    };
    EXPECT_EQ(headers(0), "0 0 0");
    EXPECT_EQ(headers(1), "3 2 1440");
    EXPECT_EQ(headers(2), "4 0 1920");
}

TEST(Silence, IsSentWhenItIsWanted) {
    FakeService service;
    SinkRig rig(service.url("/in"),
                [](GstElement* sink) { g_object_set(sink, n::sendSilence, TRUE, nullptr); });
    pushSilence(rig, 0);
    ASSERT_EQ(rig.expect(n::msgDelivered).size(), 1U);
    EXPECT_EQ(service.received().at(0).body, std::string(1920, '\0'));
    EXPECT_EQ(rig.stat("skipped"), 0U);
}

} // namespace
} // namespace lm::test
