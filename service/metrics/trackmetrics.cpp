#include "service/metrics/trackmetrics.hpp"

namespace lm::metrics {
namespace {

using namespace lm::pipeline;
using prometheus::BuildCounter;
using prometheus::Counter;
using prometheus::Family;

Family<Counter>& family(Metrics& metrics, const char* name, const char* help) {
    return BuildCounter().Name(name).Help(help).Register(metrics.registry());
}

Counter& counter(Metrics& metrics, const char* name, const char* help) {
    return family(metrics, name, help).Add({});
}

prometheus::Histogram& latency(Metrics& metrics) {
    return prometheus::BuildHistogram()
        .Name("livemeeting_block_delivery_seconds")
        .Help("From the moment a block is complete (within a tick of its last sample; a block that idleness "
              "ended, "
              "AUDIO_PIPELINE_IDLE_FLUSH_MS after it) to its acknowledgement by the analysis service.")
        .Register(metrics.registry())
        .Add({}, prometheus::Histogram::BucketBoundaries{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
                                                         10, 30, 60});
}

double seconds(std::uint64_t ns) {
    return static_cast<double>(ns) / 1e9;
}

} // namespace

struct TrackMetrics::Counters {
    explicit Counters(Metrics& m)
        : blocks(
              family(m, "livemeeting_blocks_total",
                     "Blocks by what became of them. `spooled` is on disk: it ends later, perhaps after "
                     "a restart, as `delivered-from-spool` or `dead-lettered`, and then counts there, too.")),
          alarms(
              family(m, "livemeeting_format_alarms_total",
                     "What was found wrong with tracks. `format`, `format-corrected`: not what was declared, "
                     "and whether that could be put right; the others: with their sound.")),
          metrics(m) {}

    Family<Counter>& blocks;
    Family<Counter>& alarms;
    Metrics& metrics;
    Counter& started = counter(metrics, "livemeeting_tracks_started_total", "Tracks that have started.");
    Counter& cut = counter(metrics, "livemeeting_blocks_cut_total", "Blocks that were cut from tracks.");
    Counter& delivered = blocks.Add({{"outcome", "delivered"}});
    Counter& spooled = blocks.Add({{"outcome", "spooled"}});
    Counter& fromSpool = blocks.Add({{"outcome", "delivered-from-spool"}});
    Counter& dead = blocks.Add({{"outcome", "dead-lettered"}});
    Counter& failed = blocks.Add({{"outcome", "failed"}});
    Counter& dropped = blocks.Add({{"outcome", "dropped"}});
    Counter& silent = blocks.Add({{"outcome", "skipped"}});
    Counter& retries = counter(metrics, "livemeeting_block_retries_total",
                               "Attempts to deliver a block that will be repeated.");
    Counter& corrected = alarms.Add({{"kind", "format-corrected"}});
    Counter& uncorrected = alarms.Add({{"kind", "format"}});
    Counter& clipping = alarms.Add({{"kind", "clipping"}});
    Counter& offset = alarms.Add({{"kind", "offset"}});
    Counter& silence = alarms.Add({{"kind", "silence"}});
    prometheus::Histogram& delivery = latency(metrics);
    Counter& gaps = counter(metrics, "livemeeting_gaps_total", "Times at which audio was missing.");
    Counter& gapSeconds = counter(metrics, "livemeeting_gap_seconds_total", "Audio that was missing.");
    Counter& filled = counter(metrics, "livemeeting_filled_samples_total",
                              "Frames of silence that were put in the place of missing audio.");
    Counter& stalls =
        counter(metrics, "livemeeting_stalls_total", "Times without data from a peer that was not muted.");
    Counter& stallSeconds = counter(metrics, "livemeeting_stall_seconds_total", "How long they were.");
    Counter& mutes = counter(metrics, "livemeeting_mutes_total", "Times a participant muted.");
    Counter& badTexts = counter(metrics, "livemeeting_bad_texts_total",
                                "Tracks whose text messages could not be understood.");
    Counter& errors = counter(metrics, "livemeeting_element_errors_total", "Errors of pipeline elements.");
    Counter& parts =
        counter(metrics, "livemeeting_recording_parts_total", "Files of recordings that were begun.");
    Counter& pauses = counter(metrics, "livemeeting_recording_pauses_total",
                              "Times a recording paused because its file could not be written.");
    Counter& skipped = counter(metrics, "livemeeting_recording_skipped_samples_total",
                               "Frames that are in no recording, counted at the end of their track.");
    Counter& lost =
        counter(metrics, "livemeeting_sockets_lost_total", "Media sockets that ended without a close.");

    void operator()(const BlockEvent&) { cut.Increment(); }
    void operator()(const DeliveredEvent& e) {
        delivered.Increment();
        delivery.Observe(seconds(e.latencyNs));
    }
    void operator()(const RetryingEvent&) { retries.Increment(); }
    void operator()(const SpooledEvent&) { spooled.Increment(); }
    void operator()(const DeliveredFromSpoolEvent&) { fromSpool.Increment(); }
    void operator()(const DeadLetterEvent&) { dead.Increment(); }
    void operator()(const FormatAlarmEvent& e) { (e.corrected ? corrected : uncorrected).Increment(); }
    void operator()(const SoundEvent& e) {
        if (!e.active) return;
        if (e.kind == "clipping") clipping.Increment();
        if (e.kind == "offset") offset.Increment();
        if (e.kind == "silence") silence.Increment();
    }
    void operator()(const FailedEvent&) { failed.Increment(); }
    void operator()(const DroppedEvent&) { dropped.Increment(); }
    void operator()(const SkippedEvent&) { silent.Increment(); }
    void operator()(const GapEvent& e) {
        gaps.Increment();
        gapSeconds.Increment(seconds(e.durationNs));
        filled.Increment(static_cast<double>(e.filled));
    }
    void operator()(const StallEvent& e) {
        stalls.Increment();
        stallSeconds.Increment(seconds(e.durationNs));
    }
    void operator()(const PartOpenedEvent&) { parts.Increment(); }
    void operator()(const RecordingPausedEvent&) { pauses.Increment(); }
    void operator()(const RecordedEvent& e) { skipped.Increment(static_cast<double>(e.skipped)); }
    void operator()(const MutedEvent& e) {
        if (e.muted) mutes.Increment();
    }
    void operator()(const BadTextEvent&) { badTexts.Increment(); }
    void operator()(const ErrorEvent&) { errors.Increment(); }
    void operator()(const ClosedEvent& e) {
        if (!e.clean) lost.Increment();
    }
    template <typename Other> void operator()(const Other&) {}
};

TrackMetrics::TrackMetrics(Metrics& metrics)
    : ended_(family(metrics, "livemeeting_tracks_ended_total", "Tracks that have ended, by outcome.")),
      counters_(std::make_shared<Counters>(metrics)) {
    for (const auto kind :
         {OutcomeKind::Ok, OutcomeKind::OurFault, OutcomeKind::DestinationFault, OutcomeKind::Cancelled})
        ended_.Add({{"outcome", outcomeName(kind)}});
}

void TrackMetrics::trackStarted(const TrackInfo&) {
    counters_->started.Increment();
}

void TrackMetrics::trackEvent(const TrackInfo&, const Event& event) {
    count(event);
}

void TrackMetrics::count(const Event& event) {
    std::visit(*counters_, event);
}

void TrackMetrics::trackEnded(const TrackInfo&, const Outcome& outcome) {
    ended_.Add({{"outcome", outcomeName(outcome.kind)}}).Increment();
}

} // namespace lm::metrics
