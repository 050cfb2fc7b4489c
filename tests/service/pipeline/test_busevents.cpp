#include "service/pipeline/busevents.hpp"

#include "plugins/common/handles.hpp"
#include "plugins/common/names.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace {

using namespace lm;
using namespace lm::pipeline;

GstStructure* make(const char* name) {
    return gst_structure_new_empty(name);
}
template <typename... Fields> GstStructure* make(const char* name, const char* field, Fields... rest) {
    return gst_structure_new(name, field, rest..., nullptr);
}

class BusEvents : public testing::Test {
protected:
    template <typename... Fields> std::optional<Event> element(const char* name, Fields... fields) {
        const auto message =
            Ref<GstMessage>::adopt(gst_message_new_element(GST_OBJECT(child_.get()), make(name, fields...)));
        return toEvent(message.get(), pipeline_.get());
    }
    void SetUp() override { gst_bin_add(GST_BIN(pipeline_.get()), child_.get()); }

    Ref<GstElement> pipeline_ = Ref<GstElement>::sink(gst_pipeline_new("pipeline"));
    Ref<GstElement> child_ = Ref<GstElement>::sink(gst_bin_new("dispatch"));
};

TEST_F(BusEvents, ABlockKeepsEveryField) {
    const auto event = element(
        names::blockaggregator::msgBlock, "sequence", G_TYPE_UINT64, guint64{3}, "sample", G_TYPE_UINT64,
        guint64{1} << 40, "samples", G_TYPE_UINT64, guint64{96000}, "bytes", G_TYPE_UINT64, guint64{384000},
        "utc-ns", G_TYPE_INT64, gint64{1} << 60, "rate", G_TYPE_INT, 48000, "channels", G_TYPE_INT, 2, "peak",
        G_TYPE_DOUBLE, -1.5, "rms", G_TYPE_DOUBLE, -std::numeric_limits<double>::infinity(), "gain",
        G_TYPE_DOUBLE, 2.0, "reason", G_TYPE_STRING, "eos");
    ASSERT_TRUE(event);
    const auto& block = std::get<BlockEvent>(*event);
    EXPECT_EQ(block.sequence, 3U);
    EXPECT_EQ(block.sample, std::uint64_t{1} << 40);
    EXPECT_EQ(block.samples, 96000U);
    EXPECT_EQ(block.bytes, 384000U);
    EXPECT_EQ(block.utcNs, std::int64_t{1} << 60);
    EXPECT_EQ(block.rate, 48000);
    EXPECT_EQ(block.channels, 2);
    EXPECT_EQ(block.peak, -1.5);
    EXPECT_TRUE(std::isinf(block.rms));
    EXPECT_EQ(block.gain, 2.0);
    EXPECT_EQ(block.reason, "eos");
}

TEST_F(BusEvents, MissingFieldsKeepTheirDefaults) {
    const auto event = element(names::imentivsink::msgDelivered);
    ASSERT_TRUE(event);
    EXPECT_EQ(std::get<DeliveredEvent>(*event).attempts, 0U);
    EXPECT_FALSE(std::get<DeliveredEvent>(*event).response);
}

TEST_F(BusEvents, AnErrorNamesTheRoleItLiesIn) {
    const auto inner = Ref<GstElement>::sink(gst_element_factory_make("identity", "inside"));
    gst_bin_add(GST_BIN(child_.get()), inner.get());
    const Owned<GError> error(g_error_new(GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT, "disk full"));
    const auto message =
        Ref<GstMessage>::adopt(gst_message_new_error(GST_OBJECT(inner.get()), error.get(), "details"));
    const auto event = toEvent(message.get(), pipeline_.get());
    ASSERT_TRUE(event);
    EXPECT_EQ(std::get<ErrorEvent>(*event).role, "dispatch");
    EXPECT_EQ(std::get<ErrorEvent>(*event).message, "disk full");
    EXPECT_EQ(std::get<ErrorEvent>(*event).detail, "details");
    EXPECT_TRUE(isEssential(*event));
}

TEST_F(BusEvents, TheEndOfTheSourceTellsTheTracksFigures) {
    const auto event =
        element(names::wsaudiosrc::msgClosed, "filled", G_TYPE_UINT64, guint64{480}, "stalls", G_TYPE_UINT64,
                guint64{2}, "rate-ratio", G_TYPE_DOUBLE, 0.5, "utc-ns", G_TYPE_INT64, gint64{1} << 60);
    ASSERT_TRUE(event);
    const auto& figures = std::get<ClosedEvent>(*event).figures;
    EXPECT_EQ(figures.filled, 480U);
    EXPECT_EQ(figures.stalls, 2U);
    EXPECT_EQ(figures.rateRatio, 0.5);
    EXPECT_EQ(figures.utcNs, std::int64_t{1} << 60);
    EXPECT_TRUE(std::isnan(figures.driftPpm)) << "not told";
}

TEST_F(BusEvents, AStallKeepsEveryField) {
    const auto event =
        element(names::wsaudiosrc::msgStall, "sample", G_TYPE_UINT64, guint64{1}, "utc-ns", G_TYPE_INT64,
                gint64{2}, "duration-ns", G_TYPE_UINT64, guint64{3}, "burst-ns", G_TYPE_UINT64, guint64{4},
                "missing-ns", G_TYPE_UINT64, guint64{5}, "resumed", G_TYPE_BOOLEAN, TRUE);
    ASSERT_TRUE(event);
    const auto& stall = std::get<StallEvent>(*event);
    EXPECT_EQ(stall.sample, 1U);
    EXPECT_EQ(stall.utcNs, 2);
    EXPECT_EQ(stall.durationNs, 3U);
    EXPECT_EQ(stall.burstNs, 4U);
    EXPECT_EQ(stall.missingNs, 5U);
    EXPECT_TRUE(stall.resumed);
}

TEST_F(BusEvents, APartOfARecordingKeepsEveryField) {
    const auto event = element(names::wavfilesink::msgPartClosed, "part", G_TYPE_UINT, 2U, "location",
                               G_TYPE_STRING, "x-part2.wav", "sample", G_TYPE_UINT64, guint64{1} << 40,
                               "utc-ns", G_TYPE_INT64, gint64{1} << 60, "rate", G_TYPE_INT, 48000, "channels",
                               G_TYPE_INT, 2, "samples", G_TYPE_UINT64, guint64{7});
    ASSERT_TRUE(event);
    const auto& closed = std::get<PartClosedEvent>(*event);
    EXPECT_EQ(closed.part.number, 2U);
    EXPECT_EQ(closed.part.location, "x-part2.wav");
    EXPECT_EQ(closed.part.sample, std::uint64_t{1} << 40);
    EXPECT_EQ(closed.part.utcNs, std::int64_t{1} << 60);
    EXPECT_EQ(closed.part.rate, 48000);
    EXPECT_EQ(closed.part.channels, 2);
    EXPECT_EQ(closed.samples, 7U);
}

TEST_F(BusEvents, AMovieThatEndsEarlyIsNamedAndNeverDiscarded) {
    const auto event = element(names::videofilesink::msgMovieEnded, "location", G_TYPE_STRING, "x.mkv",
                               "reason", G_TYPE_STRING, "full");
    ASSERT_TRUE(event);
    EXPECT_EQ(std::get<MovieEndedEvent>(*event).location, "x.mkv");
    EXPECT_EQ(std::get<MovieEndedEvent>(*event).reason, "full");
    EXPECT_TRUE(isEssential(*event));
}

TEST_F(BusEvents, WhatIsRecordedIsNeverDiscarded) {
    const auto paused = element(names::wavfilesink::msgPaused, "sample", G_TYPE_UINT64, guint64{5}, "reason",
                                G_TYPE_STRING, "full", "location", G_TYPE_STRING, "x.wav");
    ASSERT_TRUE(paused);
    EXPECT_EQ(std::get<RecordingPausedEvent>(*paused).reason, "full");
    const auto resumed = element(names::wavfilesink::msgResumed, "sample", G_TYPE_UINT64, guint64{9},
                                 "skipped", G_TYPE_UINT64, guint64{4});
    ASSERT_TRUE(resumed);
    EXPECT_EQ(std::get<RecordingResumedEvent>(*resumed).skipped, 4U);
    const auto recorded = element(names::wavfilesink::msgFinished, "samples", G_TYPE_UINT64, guint64{5},
                                  "skipped", G_TYPE_UINT64, guint64{4}, "parts", G_TYPE_UINT, 2U);
    ASSERT_TRUE(recorded);
    EXPECT_EQ(std::get<RecordedEvent>(*recorded).parts, 2U);
    for (const auto& event : {*paused, *resumed, *recorded})
        EXPECT_TRUE(isEssential(event));
    EXPECT_TRUE(isEssential(*element(names::wavfilesink::msgPartOpened)));
    EXPECT_TRUE(isEssential(*element(names::wavfilesink::msgPartClosed)));
}

TEST_F(BusEvents, WhatTheServiceHasNoUseForIsNoEvent) {
    EXPECT_FALSE(element("some-other-message"));
    const auto message = Ref<GstMessage>::adopt(gst_message_new_latency(GST_OBJECT(child_.get())));
    EXPECT_FALSE(toEvent(message.get(), pipeline_.get()));
}

TEST_F(BusEvents, TheConnectionsQueryStaysBehind) {
    const auto event = element(names::wsaudiosrc::msgConnected, "rate", G_TYPE_INT, 48000, "channels",
                               G_TYPE_INT, 2, "query", G_TYPE_STRING, "token=secret");
    ASSERT_TRUE(event);
    EXPECT_EQ(std::get<ConnectedEvent>(*event).channels, 2);
    EXPECT_FALSE(isEssential(*event));
}

} // namespace
