#include "tests/plugins/blockaggregator/aggregatorfixture.hpp"

namespace {

using namespace lm;
using namespace lm::test;

std::vector<GstEventType> eventsOf(GstHarness* harness) {
    std::vector<GstEventType> types;
    while (const auto event = Ref<GstEvent>::adopt(gst_harness_try_pull_event(harness)))
        types.push_back(GST_EVENT_TYPE(event.get()));
    return types;
}

TEST(Blocks, TheWholeSequenceReachesDownstreamInOrder) {
    Aggregator aggregator(0.1);
    EXPECT_EQ(eventsOf(aggregator.harness()),
              (std::vector{GST_EVENT_STREAM_START, GST_EVENT_CAPS, GST_EVENT_SEGMENT}));
    EXPECT_EQ(aggregator.push(bufferOf(ramp(150), 0)), GST_FLOW_OK);
    EXPECT_TRUE(aggregator.send(gst_event_new_eos()));
    EXPECT_EQ(aggregator.pullAll(), (Blocks{ramp(100), ramp(50, 100)}));
    EXPECT_EQ(eventsOf(aggregator.harness()), std::vector{GST_EVENT_EOS});
}

TEST(Blocks, CarryTimesPositionsAndFlags) {
    Aggregator aggregator(0.1);
    aggregator.push(bufferOf(ramp(130), 5 * GST_SECOND));
    aggregator.push(bufferOf(ramp(130, 130), 5 * GST_SECOND + 130 * GST_MSECOND));
    aggregator.send(gst_event_new_eos());
    struct Expected {
        guint64 first, end;
        bool discont, marker;
    };
    for (const Expected& expected :
         {Expected{0, 100, true, false}, {100, 200, false, false}, {200, 260, false, true}}) {
        const auto block = aggregator.tryPull();
        ASSERT_TRUE(block);
        EXPECT_EQ(GST_BUFFER_OFFSET(block.get()), expected.first);
        EXPECT_EQ(GST_BUFFER_OFFSET_END(block.get()), expected.end);
        EXPECT_EQ(GST_BUFFER_PTS(block.get()), 5 * GST_SECOND + expected.first * GST_MSECOND);
        EXPECT_EQ(GST_BUFFER_DURATION(block.get()), (expected.end - expected.first) * GST_MSECOND);
        EXPECT_EQ(GST_BUFFER_FLAG_IS_SET(block.get(), GST_BUFFER_FLAG_DISCONT), expected.discont);
        EXPECT_EQ(GST_BUFFER_FLAG_IS_SET(block.get(), GST_BUFFER_FLAG_MARKER), expected.marker);
        EXPECT_EQ(samplesIn(block.get()), ramp(expected.end - expected.first, expected.first));
    }
    EXPECT_FALSE(aggregator.tryPull());
}

TEST(Blocks, AreExactAtAnOddDurationAndMeetWithoutGaps) {
    Aggregator aggregator(1.3337);
    aggregator.setCaps(44100, 2);
    GstClockTime next = 0;
    guint64 frames = 0;
    for (guint64 n = 1, pushed = 0; n <= 60; ++n) {
        while (gst_harness_buffers_in_queue(aggregator.harness()) == 0) {
            aggregator.push(bufferOf(Samples(2 * 4410), gst_util_uint64_scale(pushed, GST_SECOND, 44100)));
            pushed += 4410;
        }
        const auto block = aggregator.tryPull();
        frames += gst_buffer_get_size(block.get()) / 4;
        ASSERT_EQ(frames, n * 13337 * 44100 / 10000) << n;
        ASSERT_EQ(GST_BUFFER_PTS(block.get()), next) << n;
        next += GST_BUFFER_DURATION(block.get());
        ASSERT_EQ(next, gst_util_uint64_scale(frames, GST_SECOND, 44100)) << n;
    }
}

TEST(Blocks, MessageComesFirstAndSaysTheSame) {
    Aggregator aggregator(0.1);
    auto buffer = bufferOf(Samples(120, 16384), 2 * GST_SECOND);
    setUtc(buffer.get(), 1'700'000'000'000'000'000);
    aggregator.push(buffer);
    aggregator.send(gst_event_new_eos());
    const auto messages = aggregator.messages();
    ASSERT_EQ(messages.size(), 2u);
    EXPECT_EQ(messages[0].number("sequence"), 0u);
    EXPECT_EQ(messages[0].text("reason"), "duration");
    const Fields& last = messages[1];
    EXPECT_EQ(last.number("sequence"), 1u);
    EXPECT_EQ(last.number("sample"), 100u);
    EXPECT_EQ(last.number("samples"), 20u);
    EXPECT_EQ(last.number("bytes"), 40u);
    EXPECT_EQ(last.number("pts-ns"), 2'100'000'000u);
    EXPECT_EQ(last.signedNumber("utc-ns"), 1'700'000'000'100'000'000);
    EXPECT_EQ(last.integer("rate"), 1000);
    EXPECT_EQ(last.integer("channels"), 1);
    EXPECT_NEAR(last.real("peak"), -6.0206, 1e-4);
    EXPECT_NEAR(last.real("rms"), -6.0206, 1e-4);
    EXPECT_NEAR(last.real("gain"), 0.2, 1e-9);
    EXPECT_EQ(last.text("reason"), "eos");
}

TEST(Blocks, CarryTheUtcTimeOfTheirFirstFrame) {
    Aggregator aggregator(0.1);
    auto buffer = bufferOf(ramp(150), 0);
    setUtc(buffer.get(), 1'000'000'000);
    aggregator.push(buffer);
    aggregator.push(bufferOf(ramp(50, 150), 150 * GST_MSECOND));
    EXPECT_EQ(utcOf(aggregator.tryPull().get()), 1'000'000'000u);
    EXPECT_EQ(utcOf(aggregator.tryPull().get()), 1'100'000'000u)
        << "carried on, though the second buffer has none";
    buffer = bufferOf(ramp(100, 200), 200 * GST_MSECOND);
    setUtc(buffer.get(), 5'000'000'000);
    aggregator.push(buffer);
    EXPECT_EQ(utcOf(aggregator.tryPull().get()), 5'000'000'000u) << "the newest wins";
}

TEST(Blocks, WithoutTimeStampsHaveNoneButAreCounted) {
    Aggregator aggregator(0.1);
    aggregator.push(bufferOf(ramp(100)));
    const auto block = aggregator.tryPull();
    EXPECT_EQ(GST_BUFFER_PTS(block.get()), GST_CLOCK_TIME_NONE);
    EXPECT_EQ(GST_BUFFER_DURATION(block.get()), 100 * GST_MSECOND);
    EXPECT_EQ(utcOf(block.get()), 0u);
    const auto messages = aggregator.messages();
    EXPECT_EQ(messages[0].number("pts-ns"), GST_CLOCK_TIME_NONE);
    EXPECT_EQ(messages[0].signedNumber("utc-ns"), 0);
}

TEST(Blocks, SizeEndsThemBeforeTheDuration) {
    Aggregator aggregator(10, [](GstElement* element) { g_object_set(element, "max-bytes", 101u, nullptr); });
    aggregator.push(bufferOf(ramp(120), 0));
    EXPECT_EQ(aggregator.pullAll(), (Blocks{ramp(50), ramp(50, 50)}));
    EXPECT_EQ(aggregator.messages()[1].text("reason"), "size");
}

TEST(Blocks, LatencyIsTheLongestABlockCanTake) {
    Aggregator aggregator(0.1);
    gst_harness_set_upstream_latency(aggregator.harness(), 7 * GST_MSECOND);
    EXPECT_EQ(gst_harness_query_latency(aggregator.harness()), 107 * GST_MSECOND);
}

TEST(Blocks, LatencyFollowsTheSizeLimit) {
    Aggregator aggregator(10, [](GstElement* element) { g_object_set(element, "max-bytes", 100u, nullptr); });
    EXPECT_EQ(gst_harness_query_latency(aggregator.harness()), 50 * GST_MSECOND);
}

TEST(Blocks, TheFormatOfOneSideIsThatOfTheOther) {
    Aggregator aggregator;
    const auto pad = Ref<GstPad>::adopt(gst_element_get_static_pad(aggregator.element(), "sink"));
    GstCaps* ask =
        gst_caps_from_string("audio/x-raw, format=S24LE, layout=interleaved, rate=8000, channels=1");
    EXPECT_FALSE(gst_pad_query_accept_caps(pad.get(), ask));
    gst_caps_unref(ask);
    gst_harness_set_sink_caps_str(aggregator.harness(),
                                  "audio/x-raw, format=S16LE, layout=interleaved, rate=16000, channels=2");
    const auto caps = Ref<GstCaps>::adopt(gst_pad_query_caps(pad.get(), nullptr));
    int rate = 0;
    EXPECT_TRUE(gst_structure_get_int(gst_caps_get_structure(caps.get(), 0), "rate", &rate));
    EXPECT_EQ(rate, 16000);
}

TEST(Blocks, DownstreamPoolsAreNotOfferedUpstream) {
    Aggregator aggregator;
    gst_harness_set_propose_allocator(aggregator.harness(), nullptr, nullptr);
    const auto pad = Ref<GstPad>::adopt(gst_element_get_static_pad(aggregator.element(), "sink"));
    const auto caps = Ref<GstCaps>::adopt(gst_pad_get_current_caps(pad.get()));
    GstQuery* query = gst_query_new_allocation(caps.get(), TRUE);
    EXPECT_FALSE(gst_pad_query(pad.get(), query));
    gst_query_unref(query);
}

TEST(Blocks, AudioBeforeItsFormatIsRefusedWithAReason) {
    GST_ELEMENT_REGISTER(blockaggregator, nullptr);
    GstElement* element = gst_element_factory_make("blockaggregator", nullptr);
    gst_object_ref_sink(element);
    const auto bus = Ref<GstBus>::adopt(gst_bus_new());
    gst_element_set_bus(element, bus.get());
    gst_element_set_state(element, GST_STATE_PLAYING);
    const auto pad = Ref<GstPad>::adopt(gst_element_get_static_pad(element, "sink"));
    gst_pad_send_event(pad.get(), gst_event_new_stream_start("audio"));
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_pad_send_event(pad.get(), gst_event_new_segment(&segment));
    EXPECT_EQ(gst_pad_chain(pad.get(), bufferOf(ramp(10)).release()), GST_FLOW_NOT_NEGOTIATED);
    const auto error = Ref<GstMessage>::adopt(gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR));
    EXPECT_TRUE(error);
    gst_element_set_state(element, GST_STATE_NULL);
    gst_element_set_bus(element, nullptr);
    gst_object_unref(element);
}

} // namespace
