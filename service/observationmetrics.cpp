#include "service/observation.hpp"

#include "service/logging/log.hpp"

#include <algorithm>
#include <map>

/// What /metrics reads at the moment of a scrape.
namespace lm {
namespace {

double seconds(std::uint64_t ns) {
    return static_cast<double>(ns) / 1e9;
}

template <typename Number> double real(Number number) {
    return static_cast<double>(number);
}

} // namespace

void Observation::collectTracks(metrics::Samples& samples) const {
    samples.gauge("livemeeting_tracks_active", "Tracks whose pipelines are not yet down.",
                  real(manager_->active()));
    samples.gauge("livemeeting_tracks_limit", "EGRESS_MAX_TRACKS.", settings_.egress.maxTracks);
    const auto paused = std::count_if(board_.live().begin(), board_.live().end(),
                                      [](const auto& entry) { return entry.second.recordingPaused; });
    samples.gauge("livemeeting_recordings_paused", "Tracks whose recording cannot be written just now.",
                  real(paused));
    const auto received = board_.received();
    samples.counter("livemeeting_received_bytes_total", "Audio received from media sockets.",
                    real(received.bytes));
    samples.counter("livemeeting_received_samples_total",
                    "Audio that went into pipelines, with silence that was put in, in frames: one "
                    "sample of every channel.",
                    real(received.samples));
}

void Observation::collectIngest(metrics::Samples& samples) const {
    samples.gauge("livemeeting_ingest_lateness_recent_seconds",
                  "How late media sockets were read at worst in the last seconds.",
                  seconds(ingest_.recentNs));
    samples.gauge("livemeeting_ingest_lateness_max_seconds",
                  "How late media sockets were read at worst since the ingest threads started.",
                  seconds(ingest_.worstNs));
    std::vector<double> bounds;
    for (const std::uint64_t bound : ingest_.boundsNs)
        bounds.push_back(seconds(bound));
    samples.histogram("livemeeting_ingest_tick_lateness_seconds",
                      "When rounds over all sockets of an ingest thread ended, counted from their tick.",
                      bounds, ingest_.counts, seconds(ingest_.sumNs));
}

void Observation::collectQueues(metrics::Samples& samples) const {
    pipeline::Readings all;
    for (const auto& [order, record] : board_.live()) {
        all.queuedBlocks += record.readings.queuedBlocks;
        all.queuedBytes += record.readings.queuedBytes;
        all.inFlight += record.readings.inFlight;
    }
    samples.gauge("livemeeting_delivery_queue_blocks", "Blocks in memory that wait for delivery.",
                  real(all.queuedBlocks));
    samples.gauge("livemeeting_delivery_queue_bytes", "Their size.", real(all.queuedBytes));
    samples.gauge("livemeeting_delivery_in_flight", "Blocks that are being sent.", real(all.inFlight));
    samples.gauge("livemeeting_spool_blocks", "Blocks on disk that wait for delivery.", real(spool_.blocks));
    samples.gauge("livemeeting_spool_bytes", "Their size.", real(spool_.bytes));
    samples.gauge("livemeeting_spool_oldest_seconds", "Age of the oldest.", seconds(spool_.oldestNs));
    samples.gauge("livemeeting_dead_letter_blocks", "Blocks on disk that will not be delivered.",
                  real(spool_.deadBlocks));
    samples.gauge("livemeeting_dead_letter_bytes", "Their size.", real(spool_.deadBytes));
    for (const auto& [trouble, count] : {std::pair("bad", spool_.badFiles), {"gone", spool_.goneFiles}})
        samples.counter(
            "livemeeting_spool_lost_files_total",
            "Files of the spool that will not be delivered: they were no whole blocks, or somebody "
            "took them away.",
            real(count), {{"trouble", trouble}});
    for (const char* state : {"closed", "half-open", "open"})
        samples.gauge("livemeeting_delivery_circuit", "1 for the state of the circuit breaker.",
                      spool_.circuit == state ? 1 : 0, {{"state", state}});
    samples.gauge("livemeeting_bus_queue_events", "Messages of pipelines that wait for the main loop.",
                  real(manager_->queuedEvents()));
    samples.counter("livemeeting_bus_events_discarded_total",
                    "Messages of pipelines that were discarded because too many waited.",
                    real(manager_->discardedEvents()));
    samples.gauge("livemeeting_pipeline_log_queue_lines", "Lines that wait to be written to block logs.",
                  real(log_->queued()));
    samples.counter("livemeeting_pipeline_log_lines_lost_total", "Lines missing in block logs.",
                    real(log_->lost()));
    samples.gauge("livemeeting_ledger_queue_lines", "Lines that wait to be written to ledgers.",
                  real(ledger_->queued()));
    samples.counter("livemeeting_ledger_lines_lost_total",
                    "Lines missing in ledgers: their tracks cannot be proven.", real(ledger_->lost()));
    samples.counter("livemeeting_log_lines_lost_total", "Lines of the log that could not be written.",
                    real(logging::lost()));
}

void Observation::collectHttp(metrics::Samples& samples) const {
    if (!front_) return;
    const auto& stats = front_->stats();
    samples.gauge("livemeeting_http_connections", "HTTP connections now; media sockets are not among them.",
                  real(front_->connections()));
    samples.counter("livemeeting_http_connections_accepted_total", "Connections that were accepted.",
                    real(stats.accepted));
    samples.counter("livemeeting_http_connections_refused_total",
                    "Connections answered with 503 because connections or descriptors ran out.",
                    real(front_->refused()));
    constexpr char timeouts[] = "livemeeting_http_timeouts_total";
    constexpr char help[] = "Connections cut because a request took too long, by its part.";
    samples.counter(timeouts, help, real(stats.headerTimeouts), {{"part", "header"}});
    samples.counter(timeouts, help, real(stats.requestTimeouts), {{"part", "request"}});
    for (const auto code : security::Refusals::codes)
        samples.counter("livemeeting_http_refused_total", "Who was not let in, by the code of the answer.",
                        real(refusals_->count(code)), {{"code", std::string(code)}});
    samples.counter("livemeeting_http_bodies_too_large_total", "Requests refused because of their size.",
                    real(stats.bodiesTooLarge));
}

void Observation::collectRealtime(metrics::Samples& samples) const {
    if (!gateway_) return;
    const auto& stats = gateway_->stats();
    samples.gauge("livemeeting_realtime_sessions", "Socket.IO connections now.", real(gateway_->sessions()));
    samples.gauge("livemeeting_realtime_sessions_limit", "SOCKETIO_MAX_CLIENTS.",
                  settings_.realtime.maxClients);
    samples.counter("livemeeting_realtime_opened_total", "Socket.IO connections that were opened.",
                    real(stats.opened.load()));
    samples.counter("livemeeting_realtime_upgraded_total", "Of them, those that went over to a WebSocket.",
                    real(stats.upgraded.load()));
    constexpr char ended[] = "livemeeting_realtime_dropped_total";
    constexpr char endedHelp[] = "Socket.IO connections that the daemon ended, by the reason.";
    samples.counter(ended, endedHelp, real(stats.timeouts.load()), {{"reason", "ping timeout"}});
    samples.counter(ended, endedHelp, real(stats.tooSlow.load()), {{"reason", "too slow"}});
    samples.counter(ended, endedHelp, real(stats.malformed.load()), {{"reason", "parse error"}});
    samples.counter("livemeeting_realtime_refused_total", "Requests that no session was opened or found for.",
                    real(stats.refused.load()));
    samples.counter("livemeeting_realtime_flooded_total", "Events of clients that were dropped: too many.",
                    real(gateway_->chat().dropped()));
    samples.counter("livemeeting_realtime_untold_total", "Events of the daemon that were not told: too many.",
                    real(gateway_->unpublished()));
    samples.counter("livemeeting_realtime_unshared_total", "Broadcasts that did not go to other replicas.",
                    real(gateway_->unshared()));
}

void Observation::collectRepairs(metrics::Samples& samples) const {
    if (!repair_) return;
    const auto counts = repair_->counts();
    constexpr char name[] = "livemeeting_recordings_examined_total";
    constexpr char help[] =
        "Recordings looked at after the start, by what became of those that were not sound.";
    const auto count = [&](const char* result, std::uint64_t value) {
        samples.counter(name, help, real(value), {{"result", result}});
    };
    const auto ill = counts.repaired + counts.unrepairable + counts.foreign + counts.inUse + counts.failed;
    count("sound", counts.examined - std::min(ill, counts.examined));
    count("repaired", counts.repaired);
    count("unrepairable", counts.unrepairable);
    count("foreign", counts.foreign);
    count("in-use", counts.inUse);
    count("failed", counts.failed);
}

void Observation::collectStore(metrics::Samples& samples) const {
    if (!store_) return;
    const store::State state = store_->state();
    samples.gauge("livemeeting_database_connected", "Whether the database can be used just now.",
                  state.phase == store::State::Phase::Ready ? 1 : 0);
    samples.gauge("livemeeting_database_queue_writes", "Changes that wait to be stored.",
                  real(state.waiting));
    samples.counter("livemeeting_database_writes_total", "Changes that were stored.", real(state.written));
    samples.counter("livemeeting_database_writes_lost_total",
                    "Changes that were not stored because too many waited.", real(state.lost));
    samples.counter("livemeeting_database_writes_refused_total", "Changes that the database will never take.",
                    real(state.refused));
    samples.counter("livemeeting_database_failures_total",
                    "Times that the database could not be reached or failed.", real(state.failures));
}

void Observation::collectEgress(metrics::Samples& samples) const {
    if (!egress_) return;
    if (const auto* surveyor = egress_->surveyor()) {
        samples.counter("livemeeting_livekit_surveys_total", "Times LiveKit told all that it has.",
                        real(surveyor->stats().surveys));
        samples.counter("livemeeting_livekit_survey_failures_total", "Times it did not.",
                        real(surveyor->stats().failures));
    }
    const auto* controller = egress_->controller();
    if (!controller) return;
    std::map<std::string, double> states{
        {"waiting", 0}, {"starting", 0}, {"running", 0}, {"stopped", 0}, {"encrypted", 0}};
    for (const auto& [track, entry] : controller->core().entries())
        ++states[autoegress::stateOf(entry.phase)];
    for (const auto& [state, count] : states)
        samples.gauge("livemeeting_egress_tracks", "Published audio tracks, by what their egress does.",
                      count, {{"state", state}});
    const auto& stats = controller->core().stats();
    samples.counter("livemeeting_egress_started_total",
                    "Egresses of tracks that LiveKit was asked for and took.", real(stats.started));
    samples.counter("livemeeting_egress_failed_total",
                    "Starts that LiveKit refused, and egresses that failed.", real(stats.failed));
    samples.counter("livemeeting_egress_ended_total", "Egresses that ended while their track did not.",
                    real(stats.restarted));
    constexpr char stopped[] = "livemeeting_egress_dismissed_total";
    constexpr char help[] = "Egresses that were stopped because nobody needs them.";
    samples.counter(stopped, help, real(stats.surplus), {{"reason", "second of a track"}});
    samples.counter(stopped, help, real(stats.orphans), {{"reason", "track gone"}});
    samples.counter("livemeeting_egress_tracks_overlooked_total",
                    "Published tracks beyond those that are kept.", real(stats.overflow));
}

void Observation::collectReadiness(metrics::Samples& samples) const {
    for (const auto& [name, finding] : checks_.run().findings)
        samples.gauge("livemeeting_ready", "Whether a check of GET /ready passes.",
                      readiness::admits(finding.verdict) ? 1 : 0, {{"check", name}});
    for (const auto& [name, probe] : disks_)
        if (const auto answer = probe->last(); answer && answer->space.error == 0)
            samples.gauge("livemeeting_disk_free_bytes", "Free space where the daemon writes.",
                          real(answer->space.freeBytes), {{"directory", name}});
}

} // namespace lm
