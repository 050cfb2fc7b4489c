#include "plugins/common/names.hpp"
#include "tests/plugins/wsaudiosrc/sourcefixture.hpp"
#include "tests/support/streampair.hpp"

#include <gst/audio/audio.h>

#include <future>

using namespace lm;
using lm::test::Source;
using lm::test::WsPeer;
namespace wire = lm::names::wsaudiosrc;

namespace {

using WsAudioSrc = Source;

std::string structureText(const Ref<GstMessage>& message, const char* field) {
    const char* text = gst_structure_get_string(gst_message_get_structure(message.get()), field);
    return text ? text : "";
}

GstStateChangeReturn changeTo(GstElement* element, GstState state) {
    return gst_element_set_state(element, state);
}

} // namespace

TEST_F(WsAudioSrc, RecordsTheEgressThatConnectsAndEndsWithItsClose) {
    play();
    WsPeer peer(port());
    ASSERT_EQ(peer.upgrade(target()), 101);
    std::string sent;
    for (unsigned i = 0; i < 50; ++i) {
        const auto message = test::noise(1920, i);
        peer.send(test::binary(message));
        sent += message;
    }
    peer.send(test::closeFrame());
    const auto output = pullToEos();
    EXPECT_EQ(output.audio, sent);
    EXPECT_EQ(output.events, (std::vector<std::string>{"stream-start", "caps", "segment", "eos"}));
    EXPECT_EQ(output.caps, "audio/x-raw, format=(string)S16LE, layout=(string)interleaved, rate=(int)48000, "
                           "channels=(int)2, channel-mask=(bitmask)0x0000000000000003");
    EXPECT_TRUE(peer.sawClose(1005));
}

TEST_F(WsAudioSrc, TellsHowTheConnectionEnded) {
    play();
    WsPeer peer(port());
    peer.upgrade(target());
    peer.send(test::binary(std::string(1920, 'x')) + test::closeFrame(1000, "bye"));
    message(wire::msgConnected);
    const auto closed = message(wire::msgClosed);
    EXPECT_EQ(number(closed, "samples"), 480u);
    EXPECT_EQ(number(closed, "bytes"), 1920u);
    EXPECT_EQ(number(closed, "messages"), 1u);
    EXPECT_EQ(structureText(closed, "reason"), "bye");
    gboolean clean = FALSE;
    guint code = 0;
    gst_structure_get(gst_message_get_structure(closed.get()), "clean", G_TYPE_BOOLEAN, &clean, "code",
                      G_TYPE_UINT, &code, nullptr);
    EXPECT_TRUE(clean);
    EXPECT_EQ(code, 1000u);
}

TEST_F(WsAudioSrc, UsesItsPropertiesForWhatTheQueryDoesNotSay) {
    g_object_set(harness->element, "rate", 16000u, "channels", 1u, nullptr);
    play();
    WsPeer peer(port());
    ASSERT_EQ(peer.upgrade("/egress-audio"), 101);
    peer.send(test::closeFrame());
    EXPECT_NE(pullToEos().caps.find("rate=(int)16000, channels=(int)1"), std::string::npos);
}

TEST_F(WsAudioSrc, GivesCapsWithoutPositionsToManyChannels) {
    play();
    WsPeer peer(port());
    ASSERT_EQ(peer.upgrade(target("channels=11")), 101);
    peer.send(test::binary(test::noise(22)) + test::closeFrame());
    const auto output = pullToEos();
    EXPECT_EQ(output.audio.size(), 22u);
    EXPECT_NE(output.caps.find("channels=(int)11"), std::string::npos);
}

TEST_F(WsAudioSrc, StampsBuffersFromTheSampleCount) {
    setTime(5 * GST_SECOND);
    gst_element_set_base_time(harness->element, 2 * GST_SECOND);
    play();
    WsPeer peer(port());
    peer.upgrade(target());
    peer.send(test::binary(test::noise(1920)));
    const auto first = pull();
    EXPECT_EQ(GST_BUFFER_PTS(first.get()), 3 * GST_SECOND - 10 * GST_MSECOND);
    EXPECT_EQ(GST_BUFFER_DURATION(first.get()), 10 * GST_MSECOND);
    EXPECT_EQ(GST_BUFFER_OFFSET(first.get()), 0u);
    EXPECT_EQ(GST_BUFFER_OFFSET_END(first.get()), 480u);
    EXPECT_TRUE(GST_BUFFER_FLAG_IS_SET(first.get(), GST_BUFFER_FLAG_DISCONT));

    setTime(5 * GST_SECOND + 137 * GST_MSECOND); // jitter
    peer.send(test::binary(test::noise(3840)));
    const auto second = pull();
    EXPECT_EQ(GST_BUFFER_PTS(second.get()), 3 * GST_SECOND);
    EXPECT_EQ(GST_BUFFER_DURATION(second.get()), 20 * GST_MSECOND);
    EXPECT_EQ(GST_BUFFER_OFFSET(second.get()), 480u);
    EXPECT_FALSE(GST_BUFFER_FLAG_IS_SET(second.get(), GST_BUFFER_FLAG_DISCONT));
}

TEST_F(WsAudioSrc, AnchorsTheFirstSampleToTheWallClock) {
    play();
    WsPeer peer(port());
    peer.upgrade(target());
    const gint64 before = g_get_real_time() * 1000;
    peer.send(test::binary(test::noise(1920)));
    const auto buffer = pull();
    const gint64 after = g_get_real_time() * 1000;
    const auto caps = Ref<GstCaps>::adopt(gst_caps_new_empty_simple(lm::names::utcCaps));
    const auto* meta = gst_buffer_get_reference_timestamp_meta(buffer.get(), caps.get());
    ASSERT_NE(meta, nullptr);
    const auto utc = static_cast<gint64>(meta->timestamp);
    EXPECT_GE(utc, before - 10 * static_cast<gint64>(GST_MSECOND));
    EXPECT_LE(utc, after);
    gint64 announced = 0;
    gst_structure_get_int64(gst_message_get_structure(message(wire::msgStarted).get()), "utc-ns", &announced);
    EXPECT_EQ(announced, utc);
}

TEST_F(WsAudioSrc, SkipsTheTimeOfAGapAndSaysSo) {
    play();
    WsPeer peer(port());
    peer.upgrade(target());
    setTime(GST_SECOND);
    peer.send(test::binary(test::noise(1920)));
    EXPECT_EQ(GST_BUFFER_PTS(pull().get()), 990 * GST_MSECOND);
    setTime(4 * GST_SECOND);
    peer.send(test::binary(test::noise(1920)));
    const auto late = pull();
    EXPECT_TRUE(GST_BUFFER_FLAG_IS_SET(late.get(), GST_BUFFER_FLAG_DISCONT));
    EXPECT_EQ(GST_BUFFER_PTS(late.get()), 3990 * GST_MSECOND);
    EXPECT_EQ(GST_BUFFER_OFFSET(late.get()), 480u) << "positions count frames, not time";
    EXPECT_EQ(number(message(wire::msgGap), "duration-ns"), 2990 * GST_MSECOND);
    peer.send(test::closeFrame());
    message(wire::msgClosed);
    EXPECT_EQ(stat("gaps"), 1u);
}

TEST_F(WsAudioSrc, PassesMuteOnAsMessageAndEventInOrderWithTheAudio) {
    play();
    WsPeer peer(port());
    peer.upgrade(target());
    peer.send(test::binary(std::string(1920, 'a')) + test::text("{\"muted\":true}") +
              test::binary(std::string(1920, 'b')) + test::closeFrame());
    const auto output = pullToEos();
    EXPECT_EQ(output.events,
              (std::vector<std::string>{"stream-start", "caps", "segment", "custom-downstream", "eos"}));
    EXPECT_EQ(output.audio, std::string(1920, 'a') + std::string(1920, 'b'));
    const auto muted = message(wire::msgMuted);
    gboolean value = FALSE;
    gst_structure_get_boolean(gst_message_get_structure(muted.get()), "muted", &value);
    EXPECT_TRUE(value);
    EXPECT_EQ(number(muted, "sample"), 480u) << "the event sits where it came on the wire";
}

TEST_F(WsAudioSrc, PassesOtherJsonOnAndRefusesASecondEgress) {
    play();
    WsPeer peer(port());
    peer.upgrade(target());
    peer.send(test::text("{\"hello\":1}") + test::binary(test::noise(4)));
    EXPECT_EQ(structureText(message(wire::msgText), "text"), "{\"hello\":1}");
    WsPeer second(port());
    EXPECT_EQ(second.upgrade(target()), 503);
    peer.send(test::closeFrame());
    EXPECT_EQ(pullToEos().audio.size(), 4u);
}

TEST_F(WsAudioSrc, TakesFramesThatCameWithTheHandshake) {
    play();
    WsPeer peer(port());
    ASSERT_EQ(peer.upgrade(target(), test::binary(std::string(1920, 'h'))), 101);
    EXPECT_EQ(test::bufferContent(pull().get()), std::string(1920, 'h'));
}

TEST_F(WsAudioSrc, AnEosFromTheApplicationEndsTheStreamInOrder) {
    play();
    WsPeer peer(port());
    peer.upgrade(target());
    peer.send(test::binary(std::string(1920, 'x')));
    pull();
    ASSERT_TRUE(gst_element_send_event(harness->element, gst_event_new_eos()));
    EXPECT_TRUE(peer.sawClose(1001));
    peer.send(test::binary(std::string(1920, 'y')) + test::closeFrame(1001));
    EXPECT_EQ(pullToEos().audio, std::string(1920, 'y')) << "what was on the way is taken";
}

TEST_F(WsAudioSrc, AnEosWithoutAConnectionStillEndsTheStream) {
    play();
    ASSERT_TRUE(gst_element_send_event(harness->element, gst_event_new_eos()));
    EXPECT_EQ(pullToEos().events, (std::vector<std::string>{"stream-start", "caps", "segment", "eos"}));
}

TEST_F(WsAudioSrc, TakesOverAnUpgradedConnection) {
    test::StreamPair pair;
    const auto stream = pair.stream();
    g_object_set(harness->element, "connection", stream.get(), "channels", 2u, nullptr);
    gst_harness_play(harness);
    pair.send(test::binary(std::string(1920, 'c')) + test::closeFrame());
    EXPECT_EQ(pullToEos().audio, std::string(1920, 'c'));
    EXPECT_EQ(port(), 0) << "it does not listen";
}

TEST_F(WsAudioSrc, ReadsNothingWhilePaused) {
    test::StreamPair pair;
    const auto stream = pair.stream();
    g_object_set(harness->element, "connection", stream.get(), nullptr);
    EXPECT_EQ(changeTo(harness->element, GST_STATE_PAUSED), GST_STATE_CHANGE_NO_PREROLL);
    pair.send(test::binary("ab"));
    EXPECT_EQ(stat("bytes"), 0u);
    gst_harness_play(harness);
    EXPECT_EQ(test::bufferContent(pull().get()), "ab");
    EXPECT_EQ(changeTo(harness->element, GST_STATE_PAUSED), GST_STATE_CHANGE_NO_PREROLL);
    pair.send(test::binary("cd"));
    gst_harness_play(harness);
    EXPECT_EQ(test::bufferContent(pull().get()), "cd");
}

TEST_F(WsAudioSrc, CanBeStoppedFromEveryStateAndStartedAgain) {
    for (int round = 0; round < 20; ++round) {
        play();
        WsPeer peer(port());
        ASSERT_EQ(peer.upgrade(target()), 101);
        peer.send(test::binary(test::noise(1920)));
        if (round % 2) pull();
        EXPECT_EQ(changeTo(harness->element, GST_STATE_NULL), GST_STATE_CHANGE_SUCCESS);
        EXPECT_EQ(changeTo(harness->element, GST_STATE_NULL), GST_STATE_CHANGE_SUCCESS);
        EXPECT_TRUE(peer.sawEnd());
        while (gst_harness_try_pull(harness) != nullptr) {
        }
    }
}

TEST_F(WsAudioSrc, BuffersOutliveTheElement) {
    play();
    WsPeer peer(port());
    peer.upgrade(target());
    peer.send(test::binary(std::string(1920, 'k')));
    const auto buffer = pull();
    gst_harness_teardown(harness);
    harness = gst_harness_new("identity");
    EXPECT_EQ(test::bufferContent(buffer.get()), std::string(1920, 'k'));
}

TEST_F(WsAudioSrc, AnswersTheLatencyQueryAsALiveSource) {
    play();
    EXPECT_EQ(gst_harness_query_latency(harness), 2 * GST_MSECOND);
}

TEST_F(WsAudioSrc, ReportsAPortThatIsTakenOnce) {
    play();
    const auto second = Ref<GstElement>::sink(gst_element_factory_make("wsaudiosrc", nullptr));
    gst_element_set_bus(second.get(), bus.get());
    g_object_set(second.get(), "port", static_cast<guint>(port()), nullptr);
    EXPECT_EQ(changeTo(second.get(), GST_STATE_PLAYING), GST_STATE_CHANGE_FAILURE);
    int errors = 0;
    while (const auto found = Ref<GstMessage>::adopt(gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR)))
        ++errors;
    EXPECT_EQ(errors, 1);
    changeTo(second.get(), GST_STATE_NULL);
    gst_element_set_bus(second.get(), nullptr);
}

TEST_F(WsAudioSrc, RefusesAnAddressThatIsNone) {
    g_object_set(harness->element, "address", "not an address", nullptr);
    EXPECT_EQ(changeTo(harness->element, GST_STATE_PLAYING), GST_STATE_CHANGE_FAILURE);
}

TEST_F(WsAudioSrc, CanBeStoppedWhileAPausedSinkHoldsItsBuffer) {
    // Sinks are paused before sources: what the source pushes in between waits in the sink.
    test::StreamPair pair;
    const auto stream = pair.stream();
    const auto pipeline = Ref<GstElement>::sink(gst_parse_launch(
        "wsaudiosrc name=source context-wait=2 ! fakesink name=sink async=false sync=false", nullptr));
    const auto source = Ref<GstElement>::adopt(gst_bin_get_by_name(GST_BIN(pipeline.get()), "source"));
    const auto sink = Ref<GstElement>::adopt(gst_bin_get_by_name(GST_BIN(pipeline.get()), "sink"));
    g_object_set(source.get(), "connection", stream.get(), nullptr);
    changeTo(pipeline.get(), GST_STATE_PLAYING);
    changeTo(sink.get(), GST_STATE_PAUSED);
    std::promise<void> arrived;
    const auto pad = Ref<GstPad>::adopt(gst_element_get_static_pad(sink.get(), "sink"));
    gst_pad_add_probe(
        pad.get(), GST_PAD_PROBE_TYPE_BUFFER,
        [](GstPad*, GstPadProbeInfo*, gpointer data) {
            static_cast<std::promise<void>*>(data)->set_value();
            return GST_PAD_PROBE_REMOVE;
        },
        &arrived, nullptr);
    pair.send(test::binary("abcd"));
    arrived.get_future().wait();
    auto stopped = std::async(std::launch::async, [&] { return changeTo(pipeline.get(), GST_STATE_NULL); });
    ASSERT_EQ(stopped.wait_for(std::chrono::seconds(20)), std::future_status::ready)
        << "the state change hangs";
    EXPECT_EQ(stopped.get(), GST_STATE_CHANGE_SUCCESS);
}

TEST_F(WsAudioSrc, AnEosWhilePausedComesBehindWhatHasArrived) {
    test::StreamPair pair;
    const auto stream = pair.stream();
    g_object_set(harness->element, "connection", stream.get(), nullptr);
    changeTo(harness->element, GST_STATE_PAUSED);
    pair.send(test::binary("abcd"));
    ASSERT_TRUE(gst_element_send_event(harness->element, gst_event_new_eos()));
    gst_harness_play(harness);
    pair.hangUp();
    const auto output = pullToEos();
    EXPECT_EQ(output.audio, "abcd");
    EXPECT_EQ(output.events, (std::vector<std::string>{"stream-start", "caps", "segment", "eos"}));
}
