#include "tests/plugins/blockaggregator/aggregatorfixture.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>

namespace {

using namespace lm;
using namespace lm::test;
namespace n = names::blockaggregator;

double property(GstElement* element, const char* name) {
    double value = 0;
    g_object_get(element, name, &value, nullptr);
    return value;
}

TEST(LevelsOfABlock, ArePublishedNotifiedAndPostedBeforeItArrives) {
    Aggregator aggregator;
    std::string order;
    const auto note = [](GObject*, GParamSpec* spec, gpointer data) {
        *static_cast<std::string*>(data) += std::string(g_param_spec_get_name(spec)) + " ";
    };
    for (const char* signal : {"notify::gain", "notify::peak", "notify::rms"})
        g_signal_connect(aggregator.element(), signal, G_CALLBACK(+note), &order);
    const auto bus = Ref<GstBus>::adopt(gst_element_get_bus(aggregator.element()));
    gst_bus_set_sync_handler(
        bus.get(),
        [](GstBus*, GstMessage* message, gpointer data) {
            if (gst_message_has_name(message, n::msgBlock)) *static_cast<std::string*>(data) += "message ";
            return GST_BUS_PASS;
        },
        &order, nullptr);
    const auto pad = Ref<GstPad>::adopt(gst_element_get_static_pad(aggregator.element(), "src"));
    gst_pad_add_probe(
        pad.get(), GST_PAD_PROBE_TYPE_BUFFER,
        [](GstPad* srcPad, GstPadProbeInfo*, gpointer data) {
            const auto element = Ref<GstElement>::adopt(gst_pad_get_parent_element(srcPad));
            EXPECT_NEAR(property(element.get(), n::gain), 0.2, 1e-9);
            EXPECT_NEAR(property(element.get(), n::peak), -6.0206, 1e-4);
            EXPECT_NEAR(property(element.get(), n::rms), -6.0206, 1e-4);
            *static_cast<std::string*>(data) += "buffer ";
            return GST_PAD_PROBE_OK;
        },
        &order, nullptr);
    aggregator.push(bufferOf(Samples(100, 16384), 0));
    EXPECT_EQ(order, "peak rms gain message buffer ");
    aggregator.push(bufferOf(Samples(100, -16384), 100 * GST_MSECOND));
    EXPECT_EQ(order, "peak rms gain message buffer message buffer ") << "notified only when changed";
    gst_bus_set_sync_handler(bus.get(), nullptr, nullptr, nullptr);
}

TEST(LevelsOfABlock, AreItsOwn) {
    Aggregator aggregator;
    Samples samples(100, 16384);
    samples.resize(200, 0);
    aggregator.push(bufferOf(samples, 0));
    const auto messages = aggregator.messages();
    EXPECT_NEAR(messages[0].real("peak"), -6.0206, 1e-4);
    EXPECT_EQ(messages[1].real("peak"), -std::numeric_limits<double>::infinity());
    EXPECT_EQ(messages[1].real("rms"), -std::numeric_limits<double>::infinity());
    EXPECT_EQ(messages[1].real("gain"), 1);
}

TEST(LevelsOfABlock, FlagWhatIsDigitalSilenceAndNothingElse) {
    Aggregator aggregator;
    Samples samples(300, 0);
    samples[150] = -1;
    aggregator.push(bufferOf(samples, 0));
    for (const bool silent : {true, false, true}) {
        const auto block = aggregator.tryPull();
        ASSERT_TRUE(block);
        EXPECT_EQ(GST_BUFFER_FLAG_IS_SET(block.get(), GST_BUFFER_FLAG_GAP), silent);
    }
}

TEST(SoundOfATrack, ThatClipsIsToldWithTheBlocks) {
    Aggregator aggregator(1);
    for (guint64 second = 0; second < 20; ++second)
        aggregator.push(bufferOf(Samples(1000, 32767), second * GST_SECOND));
    const auto blocks = aggregator.messages();
    ASSERT_EQ(blocks.size(), 20u);
    EXPECT_EQ(blocks[0].number("clipped"), 1000u);
    EXPECT_NEAR(blocks[0].real("offset"), 1, 1e-4);
    const auto told = aggregator.messages(n::msgSound);
    ASSERT_EQ(told.size(), 2u);
    EXPECT_EQ(told[0].text("kind"), "clipping");
    EXPECT_EQ(told[0].number("sample"), 10'000u);
    EXPECT_NEAR(told[0].real("value"), 1, 1e-9);
    EXPECT_EQ(told[1].text("kind"), "offset");
}

TEST(SoundOfATrack, ThatIsMutedMayBeSilent) {
    Aggregator aggregator(10);
    const auto mute = [&](bool muted) {
        aggregator.send(
            gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM,
                                 gst_structure_new(names::wsaudiosrc::muteEvent, "muted", G_TYPE_BOOLEAN,
                                                   muted, "sample", G_TYPE_UINT64, guint64{0}, nullptr)));
    };
    guint64 seconds = 0;
    const auto silence = [&] {
        aggregator.push(bufferOf(Samples(120'000, 0), seconds * GST_SECOND));
        seconds += 120;
        return aggregator.messages(n::msgSound).size();
    };
    mute(true);
    EXPECT_EQ(silence(), 0u);
    mute(false);
    EXPECT_EQ(silence(), 1u);
}

TEST(LevelsOfABlock, FollowSettingsThatChangeWhilePlaying) {
    Aggregator aggregator;
    aggregator.push(bufferOf(Samples(100, 328), 0)); // -40 dBFS
    EXPECT_NEAR(property(aggregator.element(), n::gain), 10, 0.01);
    g_object_set(aggregator.element(), n::maxGain, 6.0, nullptr);
    aggregator.push(bufferOf(Samples(100, 328), 100 * GST_MSECOND));
    EXPECT_NEAR(property(aggregator.element(), n::gain), 1.995, 0.01);
    g_object_set(aggregator.element(), n::silence, -30.0, nullptr);
    aggregator.push(bufferOf(Samples(100, 328), 200 * GST_MSECOND));
    EXPECT_EQ(property(aggregator.element(), n::gain), 1);
}

/// blockaggregator ! audioamplify with the gain bound to the amplification, as the service does it.
class BoundAmplifier : public testing::Test {
protected:
    void SetUp() override {
        GST_ELEMENT_REGISTER(blockaggregator, nullptr);
        harness_ =
            gst_harness_new_parse("blockaggregator name=agg group-seconds=0.1 target-rms=0 max-gain=60 "
                                  "silence=-120 ! audioamplify name=amp");
        ASSERT_TRUE(harness_);
        GstElement* aggregator = gst_harness_find_element(harness_, n::factory);
        GstElement* amplify = gst_harness_find_element(harness_, "audioamplify");
        g_object_bind_property(aggregator, n::gain, amplify, "amplification", G_BINDING_DEFAULT);
        gst_object_unref(amplify);
        gst_object_unref(aggregator);
        gst_harness_set_src_caps_str(harness_,
                                     "audio/x-raw, format=S16LE, layout=interleaved, rate=1000, channels=1");
    }
    void TearDown() override { gst_harness_teardown(harness_); }

    Samples amplified(const Samples& samples) {
        gst_harness_push(harness_, bufferOf(samples).release());
        const auto block = Ref<GstBuffer>::adopt(gst_harness_try_pull(harness_));
        return block ? samplesIn(block.get()) : Samples{};
    }
    GstHarness* harness_ = nullptr;
};

TEST_F(BoundAmplifier, EachBlockIsAmplifiedByItsOwnGain) {
    const Samples quiet(100, 1000);
    const Samples loud(100, 20000);
    for (const Samples& samples : {quiet, loud, quiet}) {
        const Samples louder = amplified(samples);
        ASSERT_EQ(louder.size(), 100u);
        EXPECT_NEAR(louder[50], 32767, 1) << samples[0];
    }
    EXPECT_EQ(amplified(Samples(100, 0)), Samples(100, 0));
}

TEST_F(BoundAmplifier, NothingIsClipped) {
    for (const int peak : {1, 2, 3, 999, 12345, 32766, 32767, 32768}) {
        Samples samples(100);
        for (size_t i = 0; i < samples.size(); ++i)
            samples[i] = static_cast<int16_t>(
                -std::lround(peak * std::sin(std::numbers::pi * static_cast<double>(i) / 50)));
        const Samples louder = amplified(samples);
        ASSERT_EQ(louder.size(), samples.size());
        const double gain = static_cast<double>(louder[75]) / samples[75];
        for (size_t i = 0; i < samples.size(); ++i)
            ASSERT_NEAR(louder[i], samples[i] * gain, gain > 1000 ? 33 : 1.5)
                << "peak " << peak << " at " << i;
        ASSERT_GE(*std::min_element(louder.begin(), louder.end()), -32767) << peak;
    }
}

} // namespace
