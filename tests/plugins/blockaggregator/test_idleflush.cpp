#include "tests/plugins/blockaggregator/aggregatorfixture.hpp"
#include "tests/support/eventually.hpp"

namespace {

using namespace lm;
using namespace lm::test;
namespace n = names::blockaggregator;

/// idle-flush at 3 s, blocks of 10 s.
class IdleFlush : public testing::Test {
protected:
    GstHarness* harness() { return aggregator_.harness(); }
    GstTestClock* clock() { return gst_harness_get_testclock(harness()); }
    guint timers() {
        GstTestClock* testClock = clock();
        const guint count = gst_test_clock_peek_id_count(testClock);
        gst_object_unref(testClock);
        return count;
    }
    void setTime(GstClockTime time) { EXPECT_TRUE(gst_harness_set_time(harness(), time)); }
    void fire() { EXPECT_TRUE(gst_harness_crank_single_clock_wait(harness())); }
    GstClockTime now() {
        const auto held = Ref<GstClock>::adopt(GST_CLOCK(clock()));
        return gst_clock_get_time(held.get());
    }

    Aggregator aggregator_{10};
};

TEST_F(IdleFlush, PushesThePartialBlockWhenNoAudioComes) {
    aggregator_.push(bufferOf(ramp(30), 0));
    EXPECT_FALSE(aggregator_.tryPull());
    fire();
    const auto block = aggregator_.pull();
    ASSERT_TRUE(block);
    EXPECT_EQ(samplesIn(block.get()), ramp(30));
    EXPECT_EQ(now(), 3 * GST_SECOND);
    EXPECT_EQ(aggregator_.messages()[0].text("reason"), "idle");
    EXPECT_EQ(timers(), 0u) << "an idle track needs no timer";
}

TEST_F(IdleFlush, CountsFromTheLastAudioWithOneTimer) {
    aggregator_.push(bufferOf(ramp(30), 0));
    for (int i = 1; i <= 20; ++i) {
        setTime(static_cast<GstClockTime>(i) * 100 * GST_MSECOND);
        aggregator_.push(bufferOf(ramp(30), static_cast<GstClockTime>(i) * 30 * GST_MSECOND));
        ASSERT_EQ(timers(), 1u);
    }
    fire(); // at 3 s: audio came at 2 s
    EXPECT_FALSE(aggregator_.tryPull());
    ASSERT_EQ(timers(), 1u);
    fire();
    ASSERT_TRUE(aggregator_.pull());
    EXPECT_EQ(now(), 5 * GST_SECOND);
}

TEST_F(IdleFlush, TheStreamGoesOnAfterIt) {
    aggregator_.push(bufferOf(ramp(30), 0));
    fire();
    ASSERT_TRUE(aggregator_.pull());
    aggregator_.push(bufferOf(ramp(20, 30), 30 * GST_MSECOND));
    fire();
    const auto block = aggregator_.pull();
    ASSERT_TRUE(block);
    EXPECT_EQ(GST_BUFFER_OFFSET(block.get()), 30u);
    EXPECT_EQ(GST_BUFFER_PTS(block.get()), 30 * GST_MSECOND);
    EXPECT_FALSE(GST_BUFFER_FLAG_IS_SET(block.get(), GST_BUFFER_FLAG_DISCONT));
}

TEST_F(IdleFlush, APeriodThatEndsWhileABlockIsPushedForgetsNothingOfWhatFollows) {
    const auto pad = Ref<GstPad>::adopt(gst_element_get_static_pad(aggregator_.element(), "src"));
    const auto crank = [](GstPad*, GstPadProbeInfo*, gpointer harness) {
        EXPECT_TRUE(gst_harness_crank_single_clock_wait(static_cast<GstHarness*>(harness)));
        return GST_PAD_PROBE_REMOVE;
    };
    aggregator_.push(bufferOf(ramp(30), 0)); // the timer runs, and nothing waits
    aggregator_.send(
        gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM, gst_structure_new_empty(n::flushEvent)));
    ASSERT_TRUE(aggregator_.tryPull());
    gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_BUFFER, crank, harness(), nullptr);
    aggregator_.push(bufferOf(ramp(10030, 30), 30 * GST_MSECOND));
    ASSERT_TRUE(aggregator_.tryPull()) << "10 s";
    ASSERT_EQ(timers(), 1u) << "of the 30 ms behind them";
    fire();
    ASSERT_TRUE(aggregator_.pull());
}

TEST_F(IdleFlush, NothingPendingMeansNothingPushed) {
    aggregator_.push(bufferOf(ramp(30), 0));
    aggregator_.send(
        gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM, gst_structure_new_empty(n::flushEvent)));
    ASSERT_TRUE(aggregator_.tryPull());
    fire();
    EXPECT_EQ(timers(), 0u);
    EXPECT_EQ(aggregator_.messages().size(), 1u);
}

TEST_F(IdleFlush, ARefusalReachesUpstreamWithTheNextBuffer) {
    aggregator_.push(bufferOf(ramp(30), 0));
    gst_pad_set_active(harness()->sinkpad, FALSE);
    fire();
    ASSERT_TRUE(eventually([&] { return aggregator_.stats().number("dropped-frames") == 30; }));
    EXPECT_EQ(aggregator_.push(bufferOf(ramp(10, 30), 30 * GST_MSECOND)), GST_FLOW_FLUSHING);
    EXPECT_EQ(aggregator_.push(bufferOf(ramp(10, 40), 40 * GST_MSECOND)), GST_FLOW_OK) << "told once";
    EXPECT_EQ(aggregator_.stats().number("dropped-frames"), 40u);
}

TEST_F(IdleFlush, StoppingDuringThePeriodCancelsTheTimer) {
    aggregator_.push(bufferOf(ramp(30), 0));
    ASSERT_EQ(timers(), 1u);
    gst_element_set_state(aggregator_.element(), GST_STATE_READY);
    EXPECT_EQ(timers(), 0u);
    EXPECT_EQ(aggregator_.stats().number("dropped-frames"), 30u) << "stopped without EOS";
}

TEST_F(IdleFlush, StoppingWhileItPushesIsSafe) {
    for (int i = 0; i < 200; ++i) {
        Aggregator aggregator(10);
        aggregator.push(bufferOf(ramp(30), 0));
        ASSERT_TRUE(gst_harness_crank_single_clock_wait(aggregator.harness()));
        // The element is stopped and freed while its job may be anywhere.
    }
}

TEST(IdleFlushOff, ZeroMeansNever) {
    Aggregator aggregator(10, [](GstElement* element) { g_object_set(element, n::idleFlush, 0u, nullptr); });
    aggregator.push(bufferOf(ramp(30), 0));
    GstTestClock* clock = gst_harness_get_testclock(aggregator.harness());
    EXPECT_EQ(gst_test_clock_peek_id_count(clock), 0u);
    gst_object_unref(clock);
}

TEST(IdleFlushClock, WorksByTheSystemClockWhenThereIsNoOther) {
    Aggregator aggregator(10, [](GstElement* element) { g_object_set(element, n::idleFlush, 5u, nullptr); });
    gst_element_set_clock(aggregator.element(), nullptr);
    aggregator.push(bufferOf(ramp(30), 0));
    EXPECT_TRUE(aggregator.pull());
}

TEST(IdleFlushClock, AnotherClockBeginsThePeriodAnew) {
    Aggregator aggregator(10);
    aggregator.push(bufferOf(ramp(30), 0));
    GstClock* other = gst_test_clock_new_with_start_time(100 * GST_SECOND);
    gst_element_set_clock(aggregator.element(), other);
    ASSERT_EQ(gst_test_clock_peek_id_count(GST_TEST_CLOCK(other)), 1u);
    EXPECT_TRUE(gst_test_clock_crank(GST_TEST_CLOCK(other)));
    EXPECT_TRUE(aggregator.pull());
    EXPECT_EQ(gst_clock_get_time(other), 103 * GST_SECOND);
    gst_object_unref(other);
}

} // namespace
