/// Positions as times: what the source does about audio that is missing, late or muted.

#include "plugins/common/names.hpp"
#include "tests/plugins/wsaudiosrc/sourcefixture.hpp"
#include "tests/support/eventually.hpp"

#include <algorithm>

namespace {

using lm::Ref;
using lm::test::Source;
using lm::test::WsPeer;
namespace test = lm::test;
namespace wire = lm::names::wsaudiosrc;

constexpr GstClockTime tick = 50 * GST_MSECOND;
constexpr std::size_t tickBytes = 9600; // 50 ms of 48 kHz stereo
constexpr std::uint64_t rate = 48000;

/// A sender that keeps time by the harness's clock.
class Time : public Source {
protected:
    void begin(const std::string& where = target()) {
        play();
        peer_.emplace(port());
        ASSERT_EQ(peer_->upgrade(where), 101);
        setTime(clock_);
    }
    /// `bytes` arrive, and have been seen.
    void send(std::size_t bytes, char value = 'a') {
        peer_->send(test::binary(std::string(bytes, value)));
        sent_ += bytes;
        ASSERT_TRUE(test::eventually([&] { return stat("bytes") == sent_; }));
    }
    void pass(GstClockTime time) { setTime(clock_ += time); }
    void flow(GstClockTime time, char value = 'a', std::size_t bytes = tickBytes) {
        for (GstClockTime t = 0; t < time; t += tick) {
            pass(tick);
            send(bytes, value);
        }
    }
    void say(const std::string& text) { peer_->send(test::text(text)); }
    Output end() {
        peer_->send(test::closeFrame());
        return pullToEos();
    }
    double real(const Ref<GstMessage>& message, const char* field) {
        double value = 0;
        EXPECT_TRUE(gst_structure_get_double(gst_message_get_structure(message.get()), field, &value))
            << field;
        return value;
    }

    std::optional<WsPeer> peer_;
    GstClockTime clock_ = 10 * GST_SECOND;
    std::size_t sent_ = 0;
};

TEST_F(Time, MissingAudioBecomesSilenceSoThatAPositionIsATime) {
    begin();
    flow(2 * GST_SECOND, 'a');
    pass(3 * GST_SECOND); // this was lost
    flow(2 * GST_SECOND, 'b');
    const auto output = end();
    const std::size_t second = 4 * rate;
    EXPECT_EQ(output.audio,
              std::string(2 * second, 'a') + std::string(3 * second, '\0') + std::string(2 * second, 'b'));
    for (std::size_t i = 1; i < output.buffers.size(); ++i) {
        GstBuffer* buffer = output.buffers[i].get();
        EXPECT_FALSE(GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DISCONT)) << i;
        const bool silent = test::bufferContent(buffer)[0] == '\0';
        EXPECT_EQ(GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_GAP), silent) << i;
        EXPECT_EQ(GST_BUFFER_OFFSET(buffer), GST_BUFFER_OFFSET_END(output.buffers[i - 1].get())) << i;
        EXPECT_EQ(GST_BUFFER_PTS(buffer) - GST_BUFFER_PTS(output.buffers[0].get()),
                  gst_util_uint64_scale(GST_BUFFER_OFFSET(buffer), GST_SECOND, rate))
            << i;
    }
    const auto stall = message(wire::msgStall);
    EXPECT_EQ(number(stall, "duration-ns"), 3 * GST_SECOND + tick);
    EXPECT_EQ(number(stall, "missing-ns"), 3 * GST_SECOND);
    const auto gap = message(wire::msgGap);
    EXPECT_EQ(number(gap, "sample"), 2 * rate);
    EXPECT_EQ(number(gap, "duration-ns"), 3 * GST_SECOND);
    EXPECT_EQ(number(gap, "filled"), 3 * rate);
    EXPECT_EQ(number(gap, "unfilled-ns"), 0u);
    const auto closed = message(wire::msgClosed);
    EXPECT_EQ(number(closed, "samples"), 7 * rate);
    EXPECT_EQ(number(closed, "filled"), 3 * rate);
    EXPECT_EQ(number(closed, "stalls"), 1u);
    EXPECT_NEAR(real(closed, "rate-ratio"), 4.0 / 7, 0.02);
}

TEST_F(Time, AFirstArrivalThatWasLateDoesNotMoveTheTrack) {
    gint64 shift = 0;
    const auto pad = Ref<GstPad>::adopt(gst_element_get_static_pad(harness->element, "src"));
    gst_pad_add_probe(
        pad.get(), GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
        [](GstPad*, GstPadProbeInfo* info, gpointer data) {
            GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
            if (gst_event_has_name(event, wire::timeEvent))
                gst_structure_get_int64(gst_event_get_structure(event), "shift-ns",
                                        static_cast<gint64*>(data));
            return GST_PAD_PROBE_OK;
        },
        &shift, nullptr);
    begin();
    send(tickBytes); // 400 ms late: the machine was busy
    pass(100 * GST_MSECOND);
    send(10 * tickBytes);
    flow(GST_SECOND);
    EXPECT_EQ(shift, 0) << "something earlier may still come";
    flow(10 * GST_SECOND);
    end();
    EXPECT_EQ(shift, -400 * static_cast<gint64>(GST_MSECOND));
    gint64 begun = 0;
    gint64 closed = 0;
    gst_structure_get_int64(gst_message_get_structure(message(wire::msgStarted).get()), "utc-ns", &begun);
    gst_structure_get_int64(gst_message_get_structure(message(wire::msgClosed).get()), "utc-ns", &closed);
    EXPECT_EQ(closed - begun, shift);
}

TEST_F(Time, ABurstThatCoversTheStallAddsNoTime) {
    begin();
    flow(2 * GST_SECOND);
    pass(3 * GST_SECOND);
    for (int i = 0; i < 6; ++i)
        send(10 * tickBytes);
    flow(GST_SECOND);
    EXPECT_EQ(end().audio.size(), 6 * 4 * rate);
    const auto stall = message(wire::msgStall);
    EXPECT_EQ(number(stall, "burst-ns"), 3 * GST_SECOND);
    EXPECT_EQ(number(stall, "missing-ns"), 0u);
    EXPECT_EQ(number(message(wire::msgClosed), "gaps"), 0u);
}

TEST_F(Time, BeyondTheBoundTimeIsSkippedAndBothAreCounted) {
    g_object_set(harness->element, "max-fill", 1000u, nullptr);
    begin();
    flow(2 * GST_SECOND, 'a');
    pass(4 * GST_SECOND);
    flow(GST_SECOND, 'b');
    const auto output = end();
    EXPECT_EQ(output.audio.size(), (2 + 1 + 1) * 4 * rate);
    const auto gap = message(wire::msgGap);
    EXPECT_EQ(number(gap, "filled"), rate);
    EXPECT_EQ(number(gap, "unfilled-ns"), 3 * GST_SECOND);
    std::vector<GstClockTime> jumps;
    for (std::size_t i = 1; i < output.buffers.size(); ++i)
        if (GST_BUFFER_FLAG_IS_SET(output.buffers[i].get(), GST_BUFFER_FLAG_DISCONT))
            jumps.push_back(GST_BUFFER_PTS(output.buffers[i].get()) -
                            GST_BUFFER_PTS(output.buffers[i - 1].get()) -
                            GST_BUFFER_DURATION(output.buffers[i - 1].get()));
    EXPECT_EQ(jumps, std::vector<GstClockTime>{3 * GST_SECOND});
}

TEST_F(Time, ALongGapIsFilledInPieces) {
    begin();
    flow(GST_SECOND);
    pass(30 * GST_SECOND);
    flow(2 * GST_SECOND, 'b');
    const auto output = end();
    EXPECT_EQ(output.audio.size(), 33 * 4 * rate);
    for (const auto& buffer : output.buffers)
        EXPECT_LE(gst_buffer_get_size(buffer.get()), 1u << 20);
}

TEST_F(Time, TheSilenceOfAGapIsBoundedInBytesToo) {
    constexpr std::size_t frameBytes = 16;
    constexpr std::size_t bound = 16 << 20;
    constexpr std::size_t wideTick = 192000 / 20 * frameBytes;
    for (const bool decidedByTheEnd : {false, true}) {
        if (decidedByTheEnd) {
            TearDown();
            SetUp();
            sent_ = 0;
        }
        const GstClockTime start = clock_;
        begin(target("sampleRate=192000&channels=8"));
        flow(GST_SECOND, 'a', wideTick);
        pass(30 * GST_SECOND);
        flow(decidedByTheEnd ? tick : GST_SECOND, 'b', wideTick);
        const auto output = end();
        const auto filled = static_cast<std::size_t>(std::ranges::count(output.audio, '\0'));
        EXPECT_EQ(filled, bound) << decidedByTheEnd;
        EXPECT_EQ(output.audio.size(), sent_ + filled);
        const auto gap = message(wire::msgGap);
        EXPECT_EQ(number(gap, "duration-ns"), 30 * GST_SECOND);
        EXPECT_EQ(number(gap, "filled"), bound / frameBytes);
        EXPECT_EQ(number(gap, "unfilled-ns"),
                  30 * GST_SECOND - gst_util_uint64_scale(bound / frameBytes, GST_SECOND, 192000));
        // Counted from the first buffer: a tick so large may come in pieces, the first of which is the
        // anchor.
        GstBuffer* last = output.buffers.back().get();
        EXPECT_EQ(GST_BUFFER_PTS(last) + GST_BUFFER_DURATION(last) - GST_BUFFER_PTS(output.buffers[0].get()),
                  clock_ - start)
            << "the rest is skipped";
    }
}

TEST_F(Time, NothingIsPutInWhenTheBoundIsZero) {
    g_object_set(harness->element, "max-fill", 0u, nullptr);
    begin();
    flow(2 * GST_SECOND);
    pass(3 * GST_SECOND);
    flow(GST_SECOND);
    EXPECT_EQ(end().audio.size(), 3 * 4 * rate);
}

TEST_F(Time, AStallAtTheEndIsReportedAndNothingIsPutIn) {
    begin();
    flow(2 * GST_SECOND);
    pass(3 * GST_SECOND);
    EXPECT_EQ(end().audio.size(), 2 * 4 * rate);
    const auto stall = message(wire::msgStall);
    gboolean resumed = TRUE;
    gst_structure_get_boolean(gst_message_get_structure(stall.get()), "resumed", &resumed);
    EXPECT_FALSE(resumed);
}

TEST_F(Time, SilenceOfTheWireWhileMutedIsNoStallButKeepsItsPlace) {
    begin();
    flow(2 * GST_SECOND);
    say("{\"muted\":true}");
    flow(GST_SECOND, '\0');
    pass(5 * GST_SECOND);
    say("{\"muted\":false}");
    flow(2 * GST_SECOND);
    EXPECT_EQ(end().audio.size(), 10 * 4 * rate);
    const auto closed = message(wire::msgClosed);
    EXPECT_EQ(number(closed, "stalls"), 0u);
    EXPECT_EQ(number(closed, "mutes"), 1u);
    EXPECT_EQ(number(closed, "muted-samples"), 6 * rate);
}

TEST_F(Time, TheEndOfAMuteMayComeBeforeItsAudio) {
    begin();
    flow(2 * GST_SECOND);
    say("{\"muted\":true}");
    flow(GST_SECOND, '\0');
    pass(5 * GST_SECOND);
    say("{\"muted\":false}");
    ASSERT_TRUE(test::eventually([&] { return stat("muted-samples") == rate; }));
    flow(2 * GST_SECOND);
    pass(3 * GST_SECOND); // now it is a stall
    flow(2 * GST_SECOND);
    EXPECT_EQ(end().audio.size(), 15 * 4 * rate);
    const auto closed = message(wire::msgClosed);
    EXPECT_EQ(number(closed, "stalls"), 1u);
    EXPECT_EQ(number(closed, "mutes"), 1u);
    EXPECT_EQ(number(closed, "muted-samples"), 6 * rate);
}

TEST_F(Time, MutedAudioIsKeptUnlessItIsToBeDropped) {
    for (const bool drop : {false, true}) {
        if (drop) {
            TearDown();
            SetUp();
            sent_ = 0;
            gst_util_set_object_arg(G_OBJECT(harness->element), "muted-audio", "drop");
        }
        begin();
        flow(GST_SECOND, 'a');
        say("{\"muted\":true}");
        flow(2 * GST_SECOND, '\0');
        say("{\"muted\":false}");
        flow(GST_SECOND, 'b');
        const auto output = end();
        const std::size_t second = 4 * rate;
        EXPECT_EQ(output.audio, std::string(second, 'a') + std::string(drop ? 0 : 2 * second, '\0') +
                                    std::string(second, 'b'));
        EXPECT_EQ(GST_BUFFER_PTS(output.buffers.back().get()) - GST_BUFFER_PTS(output.buffers[0].get()),
                  4 * GST_SECOND - tick)
            << "time passes either way";
        if (drop) {
            const auto leftOut = message(wire::msgLeftOut);
            EXPECT_EQ(number(leftOut, "sample"), rate);
            EXPECT_EQ(number(leftOut, "samples"), 2 * rate);
        }
        EXPECT_EQ(number(message(wire::msgClosed), "dropped-samples"), drop ? 2 * rate : 0);
    }
}

TEST_F(Time, AStepOfTheSystemClockIsNoGap) {
    // Time of the stream is the pipeline's clock, which the harness sets; the system's clock, which nobody
    // sets here, goes its own way all the time and is read once.
    begin();
    flow(20 * GST_SECOND);
    const auto output = end();
    EXPECT_EQ(output.audio.size(), 20 * 4 * rate);
    EXPECT_EQ(number(message(wire::msgClosed), "gaps"), 0u);
    const auto caps = Ref<GstCaps>::adopt(gst_caps_new_empty_simple(lm::names::utcCaps));
    int anchors = 0;
    for (const auto& buffer : output.buffers)
        anchors += gst_buffer_get_reference_timestamp_meta(buffer.get(), caps.get()) != nullptr;
    EXPECT_EQ(anchors, 1);
}

} // namespace
