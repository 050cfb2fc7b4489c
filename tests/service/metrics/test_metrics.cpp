#include "service/metrics/process.hpp"
#include "service/metrics/trackmetrics.hpp"

#include <gmock/gmock.h>

namespace {

using namespace lm;
using namespace lm::metrics;
using namespace lm::pipeline;
using testing::HasSubstr;

TEST(Metrics, AreTextOfOneFamilyEach) {
    Metrics metrics;
    metrics.collect([](Samples& samples) {
        samples.gauge("a_bytes", "A.", 3, {{"where", "x\"y"}});
        samples.gauge("b", "B.", 1);
        samples.gauge("a_bytes", "A.", 4, {{"where", "z"}});
    });
    const std::string text = metrics.text();
    EXPECT_THAT(text, HasSubstr("# HELP a_bytes A.\n# TYPE a_bytes gauge\na_bytes{where=\"x\\\"y\"} "
                                "3\na_bytes{where=\"z\"} 4\n"));
    EXPECT_THAT(text, HasSubstr("# TYPE b gauge\nb 1\n"));
}

TEST(Metrics, AHistogramIsCumulative) {
    Metrics metrics;
    metrics.collect([](Samples& samples) { samples.histogram("h_seconds", "H.", {0.5, 1}, {2, 0, 3}, 7); });
    const std::string text = metrics.text();
    EXPECT_THAT(text, HasSubstr("h_seconds_bucket{le=\"0.5\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("h_seconds_bucket{le=\"1\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("h_seconds_bucket{le=\"+Inf\"} 5\n"));
    EXPECT_THAT(text, HasSubstr("h_seconds_count 5\n"));
    EXPECT_THAT(text, HasSubstr("h_seconds_sum 7\n"));
}

TEST(TrackMetrics, AreThereWithZeroBeforeAnythingHappens) {
    Metrics metrics;
    TrackMetrics tracks(metrics);
    const std::string text = metrics.text();
    EXPECT_THAT(text, HasSubstr("livemeeting_tracks_ended_total{outcome=\"our-fault\"} 0\n"));
    EXPECT_THAT(text, HasSubstr("livemeeting_blocks_total{outcome=\"dropped\"} 0\n"));
    EXPECT_THAT(text, HasSubstr("livemeeting_block_delivery_seconds_count 0\n"));
}

TEST(TrackMetrics, CountWhatTracksSay) {
    Metrics metrics;
    TrackMetrics tracks(metrics);
    const TrackInfo info;
    tracks.trackStarted(info);
    DeliveredEvent delivered;
    delivered.latencyNs = 20'000'000;
    for (const Event& event :
         {Event(BlockEvent{}), Event(BlockEvent{}), Event(delivered), Event(FailedEvent{}),
          Event(SpooledEvent{}), Event(SpooledEvent{}), Event(DeliveredFromSpoolEvent{}),
          Event(DeadLetterEvent{}), Event(SkippedEvent{}), Event(FormatAlarmEvent{}),
          Event(SoundEvent{"clipping", true, 0, 1, 0, ""}), Event(SoundEvent{"silence", false, 0, 1, 0, ""}),
          Event(GapEvent{0, 1'500'000'000}), Event(MutedEvent{true}), Event(MutedEvent{})})
        tracks.trackEvent(info, event);
    tracks.trackEnded(info, {OutcomeKind::DestinationFault, ""});
    const std::string text = metrics.text();
    for (const char* line :
         {"livemeeting_tracks_started_total 1\n", "livemeeting_blocks_cut_total 2\n",
          "livemeeting_blocks_total{outcome=\"delivered\"} 1\n",
          "livemeeting_blocks_total{outcome=\"spooled\"} 2\n",
          "livemeeting_blocks_total{outcome=\"delivered-from-spool\"} 1\n",
          "livemeeting_blocks_total{outcome=\"dead-lettered\"} 1\n",
          "livemeeting_format_alarms_total{kind=\"format-corrected\"} 0\n",
          "livemeeting_format_alarms_total{kind=\"format\"} 1\n",
          "livemeeting_format_alarms_total{kind=\"clipping\"} 1\n",
          "livemeeting_format_alarms_total{kind=\"silence\"} 0\n",
          "livemeeting_blocks_total{outcome=\"skipped\"} 1\n",
          "livemeeting_blocks_total{outcome=\"failed\"} 1\n", "livemeeting_gap_seconds_total 1.5\n",
          "livemeeting_mutes_total 1\n", "livemeeting_tracks_ended_total{outcome=\"destination-fault\"} 1\n",
          "livemeeting_block_delivery_seconds_bucket{le=\"0.01\"} 0\n",
          "livemeeting_block_delivery_seconds_bucket{le=\"0.025\"} 1\n"})
        EXPECT_THAT(text, HasSubstr(line));
}

TEST(Process, IsDescribedUnderTheUsualNames) {
    Metrics metrics;
    metrics.collect(collectProcess);
    const std::string text = metrics.text();
    for (const char* name :
         {"process_cpu_seconds_total ", "process_resident_memory_bytes ", "process_open_fds ",
          "process_max_fds ", "process_threads ", "process_start_time_seconds "}) {
        const std::size_t at = text.find(std::string("\n") + name);
        ASSERT_NE(at, std::string::npos) << name;
        EXPECT_GT(std::stod(text.substr(at + 1 + std::string(name).size())), 0) << name;
    }
}

} // namespace
