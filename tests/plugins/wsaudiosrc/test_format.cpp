/// What the source does about a declaration that is wrong.

#include "plugins/common/names.hpp"
#include "tests/plugins/wsaudiosrc/sourcefixture.hpp"
#include "tests/support/eventually.hpp"

#include <cmath>

namespace {

using lm::Ref;
using lm::test::Source;
using lm::test::WsPeer;
namespace test = lm::test;
namespace wire = lm::names::wsaudiosrc;

constexpr GstClockTime tick = 50 * GST_MSECOND;

/// A tick of 48 kHz stereo whose channels are equal, in the stream from frame `first` on.
std::string tickOfSound(std::size_t first) {
    std::string pcm;
    for (std::size_t i = first; i < first + 2400; ++i) {
        const auto sample =
            static_cast<std::int16_t>(std::lround(9000 * std::sin(0.05 * static_cast<double>(i))));
        for (int channel = 0; channel < 2; ++channel)
            pcm.append(reinterpret_cast<const char*>(&sample), sizeof sample);
    }
    return pcm;
}

class Format : public Source {
protected:
    /// Plays `ticks` of sound to a source that was told of one channel; what arrives in a tick ends `missing`
    /// bytes before its end, but for the last.
    Output run(int ticks, bool correct, std::size_t missing = 0) {
        g_object_set(harness->element, "correct-format", correct, nullptr);
        play();
        WsPeer peer(port());
        EXPECT_EQ(peer.upgrade(target("channels=1")), 101);
        for (int i = 0; i < ticks; ++i) {
            clock_ += tick;
            setTime(clock_);
            pcm_ += tickOfSound(static_cast<std::size_t>(i) * 2400);
            const std::size_t end = pcm_.size() - (i + 1 < ticks ? missing : 0);
            if (texts_.contains(i)) peer.send(test::text(texts_.at(i)));
            peer.send(test::binary(pcm_.substr(sent_, end - sent_)));
            sent_ = end;
            if (!test::eventually([&] { return stat("bytes") == sent_; })) break;
        }
        peer.send(test::closeFrame());
        return pullToEos();
    }
    int integer(const Ref<GstMessage>& message, const char* field) {
        int value = 0;
        EXPECT_TRUE(gst_structure_get_int(gst_message_get_structure(message.get()), field, &value)) << field;
        return value;
    }
    bool flag(const Ref<GstMessage>& message, const char* field) {
        gboolean value = FALSE;
        EXPECT_TRUE(gst_structure_get_boolean(gst_message_get_structure(message.get()), field, &value))
            << field;
        return value != FALSE;
    }

    GstClockTime clock_ = 10 * GST_SECOND;
    std::string pcm_;
    std::map<int, std::string> texts_; // by the tick they come before
    std::size_t sent_ = 0;
};

TEST_F(Format, OneChannelThatIsTwoIsCorrectedAndNoByteIsLost) {
    const auto output = run(120, true);
    EXPECT_TRUE(output.audio == pcm_);
    EXPECT_NE(output.caps.find("channels=(int)2"), std::string::npos) << output.caps;
    EXPECT_EQ(output.events, (std::vector<std::string>{"stream-start", "caps", "segment", "custom-downstream",
                                                       "caps", "eos"}));
    const auto alarm = message(wire::msgFormatAlarm);
    EXPECT_TRUE(flag(alarm, "corrected"));
    EXPECT_EQ(integer(alarm, "channels"), 1);
    EXPECT_EQ(integer(alarm, "measured-channels"), 2);
    const auto closed = message(wire::msgClosed);
    EXPECT_EQ(number(closed, "samples"), 120u * 2400);
    EXPECT_EQ(number(closed, "gaps"), 0u);
    EXPECT_EQ(integer(closed, "channels"), 2);
}

TEST_F(Format, PositionsAndTimesAreTrueAfterwards) {
    const auto output = run(120, true);
    GstBuffer* last = output.buffers.back().get();
    EXPECT_EQ(GST_BUFFER_OFFSET_END(last), 120u * 2400);
    EXPECT_EQ(GST_BUFFER_PTS(last) + GST_BUFFER_DURATION(last), clock_) << "its end has just arrived";
    const auto caps = Ref<GstCaps>::adopt(gst_caps_new_empty_simple(lm::names::utcCaps));
    std::vector<std::pair<guint64, GstClockTime>> anchors; // position in bytes, UTC
    std::size_t bytes = 0;
    for (const auto& buffer : output.buffers) {
        if (const auto* meta = gst_buffer_get_reference_timestamp_meta(buffer.get(), caps.get()))
            anchors.emplace_back(bytes, meta->timestamp);
        bytes += gst_buffer_get_size(buffer.get());
    }
    ASSERT_EQ(anchors.size(), 2u);
    // The first was told while 50 ms counted as 100.
    EXPECT_EQ(anchors[1].second - anchors[0].second,
              gst_util_uint64_scale(anchors[1].first, GST_SECOND, 192000) + tick);
}

TEST_F(Format, APairThatIsCutWhereTheFormatChangesStaysWhole) {
    for (const std::size_t missing : {1u, 2u, 3u}) {
        if (missing > 1) {
            TearDown();
            SetUp();
            pcm_.clear();
            sent_ = 0;
        }
        const auto output = run(120, true, missing);
        EXPECT_TRUE(output.audio == pcm_) << missing;
        EXPECT_NE(output.caps.find("channels=(int)2"), std::string::npos) << output.caps;
        EXPECT_EQ(number(message(wire::msgClosed), "samples"), 120u * 2400);
    }
}

TEST_F(Format, WhatWasDroppedBeforeACorrectionIsNoGapAfterIt) {
    gst_util_set_object_arg(G_OBJECT(harness->element), "muted-audio", "drop");
    texts_ = {{10, R"({"muted":true})"}, {50, R"({"muted":false})"}}; // two seconds
    const auto output = run(160, true);
    EXPECT_NE(output.caps.find("channels=(int)2"), std::string::npos) << output.caps;
    constexpr std::size_t tickBytes = 9600;
    EXPECT_TRUE(output.audio == pcm_.substr(0, 10 * tickBytes) + pcm_.substr(50 * tickBytes))
        << output.audio.size();
    const auto closed = message(wire::msgClosed);
    EXPECT_EQ(number(closed, "gaps"), 0u);
    EXPECT_EQ(number(closed, "filled"), 0u);
    EXPECT_EQ(number(closed, "dropped-samples"), 40u * 2400);
    GstBuffer* last = output.buffers.back().get();
    EXPECT_EQ(GST_BUFFER_PTS(last) + GST_BUFFER_DURATION(last), clock_) << "its end has just arrived";
}

TEST_F(Format, WithoutLeaveItIsOnlyReported) {
    const auto output = run(120, false);
    EXPECT_TRUE(output.audio == pcm_);
    EXPECT_EQ(output.events, (std::vector<std::string>{"stream-start", "caps", "segment", "eos"}));
    EXPECT_FALSE(flag(message(wire::msgFormatAlarm), "corrected"));
    EXPECT_EQ(integer(message(wire::msgClosed), "channels"), 1);
}

} // namespace
