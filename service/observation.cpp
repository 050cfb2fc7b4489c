#include "service/observation.hpp"

#include "service/metrics/process.hpp"
#include "service/trackstate/recordjson.hpp"

#include <prometheus/counter.h>
#include <prometheus/family.h>

namespace lm {
namespace {

using readiness::Finding;
using readiness::Verdict;

/// A disk that has not answered for this long is not there.
constexpr std::chrono::seconds diskPatience{15};
constexpr std::chrono::milliseconds freshness{200};

double seconds(std::uint64_t ns) {
    return static_cast<double>(ns) / 1e9;
}

} // namespace

Observation::Observation(const config::Settings& settings)
    : settings_(settings),
      requests_(prometheus::BuildCounter()
                    .Name("livemeeting_http_requests_total")
                    .Help("Answered requests by route (`other`: no such path) and status.")
                    .Register(metrics_.registry())) {
    metrics_.collect([this](metrics::Samples& samples) { collectTracks(samples); });
    metrics_.collect([this](metrics::Samples& samples) { collectIngest(samples); });
    metrics_.collect([this](metrics::Samples& samples) { collectQueues(samples); });
    metrics_.collect([this](metrics::Samples& samples) { collectHttp(samples); });
    metrics_.collect([this](metrics::Samples& samples) { collectRealtime(samples); });
    metrics_.collect([this](metrics::Samples& samples) { collectRepairs(samples); });
    metrics_.collect([this](metrics::Samples& samples) { collectStore(samples); });
    metrics_.collect([this](metrics::Samples& samples) { collectEgress(samples); });
    metrics_.collect([this](metrics::Samples& samples) { collectReadiness(samples); });
    metrics_.collect(metrics::collectProcess);
}

void Observation::addDisk(const std::string& name, const std::string& path) {
    disks_.emplace_back(name, std::make_unique<readiness::DiskProbe>(path));
}

void Observation::watch(const pipeline::TrackManager& manager, const Tracks& tracks,
                        const pipelinelog::PipelineLog& log, const ledger::Ledger& ledger) {
    manager_ = &manager;
    tracks_ = &tracks;
    log_ = &log;
    ledger_ = &ledger;
    addDisk("recordings", settings_.egress.audioOutputDir);
    addDisk("video", settings_.egress.videoOutputDir);
    addDisk("pipeline-logs", settings_.pipelineLogDir);
    addDisk("ledger", settings_.ledgerDir);
    // Without an endpoint nothing is ever spooled.
    if (!settings_.imentiv.endpointUrl.empty() && !settings_.imentiv.spoolDir.empty())
        addDisk("spool", settings_.imentiv.spoolDir);
    addChecks();
}

void Observation::watch(const http::Front& front, const security::Refusals& refusals) {
    front_ = &front;
    refusals_ = &refusals;
}

void Observation::answered(const std::string& endpoint, unsigned status) {
    requests_.Add({{"route", endpoint.empty() ? "other" : endpoint}, {"status", std::to_string(status)}})
        .Increment();
}

void Observation::refresh() {
    const auto now = std::chrono::steady_clock::now();
    if (now - refreshed_ < freshness) return;
    refreshed_ = now;
    manager_->visit([this](const pipeline::TrackInfo& info, pipeline::State state,
                           const pipeline::Readings& read) { board_.update(info.id, state, read); });
    if (auto read = manager_->ingest())
        ingest_ = std::move(*read);
    else
        ingest_.recentNs = 0;
    if (keeper_)
        spool_ = keeper_->spool();
    else if (auto read = manager_->spool()) // its circuit
        spool_ = std::move(*read);
}

void Observation::addChecks() {
    checks_.add("draining", [this] {
        return tracks_->draining() ? Finding{Verdict::Failed, "the service is shutting down"} : Finding{};
    });
    checks_.add("tracks", [this] {
        Finding finding{
            Verdict::Ok,
            "",
            {{"active", static_cast<double>(manager_->active())}, {"limit", settings_.egress.maxTracks}}};
        if (tracks_->state(0) == api::TrackStarter::State::Full)
            finding.verdict = Verdict::Failed, finding.message = "all EGRESS_MAX_TRACKS tracks are in use";
        return finding;
    });
    checks_.add("ingest", [this] { return judgeIngest(); });
    checks_.add("delivery", [this] { return judgeDelivery(); });
    checks_.add("database", [this] { return judgeDatabase(); });
    for (const auto& [name, probe] : disks_)
        checks_.add("disk-" + name, [this, disk = probe.get()] {
            return readiness::judgeDisk(disk->last(), settings_.ready.minFreeBytes, diskPatience,
                                        readiness::DiskProbe::Clock::now());
        });
}

Finding Observation::judgeIngest() const {
    const double limit = settings_.ready.maxLatenessMs / 1e3;
    Finding finding{
        Verdict::Ok, "", {{"latenessSeconds", seconds(ingest_.recentNs)}, {"limitSeconds", limit}}};
    if (seconds(ingest_.recentNs) <= limit) return finding;
    finding.verdict = Verdict::Failed;
    finding.message = "media sockets are read too late: the machine is overloaded, or a disk is blocked";
    return finding;
}

Finding Observation::judgeDelivery() const {
    pipeline::Readings all;
    for (const auto& [order, record] : board_.live()) {
        all.queuedBlocks += record.readings.queuedBlocks;
        all.queuedBytes += record.readings.queuedBytes;
        all.inFlight += record.readings.inFlight;
    }
    Finding finding{Verdict::Ok,
                    "",
                    {{"queuedBlocks", static_cast<double>(all.queuedBlocks)},
                     {"queuedBytes", static_cast<double>(all.queuedBytes)},
                     {"inFlight", static_cast<double>(all.inFlight)},
                     {"spooledBlocks", static_cast<double>(spool_.blocks)},
                     {"spooledBytes", static_cast<double>(spool_.bytes)},
                     {"oldestSeconds", seconds(spool_.oldestNs)}}};
    // Degraded at the most: recordings do not depend on it, and no other replica would reach the service
    // better.
    const auto say = [&](const char* message) {
        finding.verdict = Verdict::Degraded;
        finding.message = message;
    };
    if (all.queuedBytes > board_.live().size() * settings_.imentiv.maxQueueBytes / 2)
        say("the analysis service does not keep up");
    const std::uint64_t most = settings_.imentiv.spoolMaxBytes;
    if (spool_.bytes > most / 5 * 4)
        say("the spool is nearly full; beyond IMENTIV_SPOOL_MAX_BYTES blocks are lost for analysis");
    else if (spool_.bytes + spool_.deadBytes > most / 5 * 8)
        say("the dead letters fill the spool: look at them with tools/spool; beyond twice "
            "IMENTIV_SPOOL_MAX_BYTES blocks are lost for analysis");
    if (!spool_.circuit.empty() && spool_.circuit != "closed")
        say("the analysis service fails or refuses the key; blocks wait until it answers again");
    return finding;
}

/// Degraded at the most: recordings do not depend on it, and every replica has the same database.
Finding Observation::judgeDatabase() const {
    if (!store_) return {};
    const store::State state = store_->state();
    Finding finding{Verdict::Ok, "", {{"waitingWrites", static_cast<double>(state.waiting)}}};
    if (state.phase == store::State::Phase::Ready) return finding;
    finding.verdict = Verdict::Degraded;
    finding.message = state.phase == store::State::Phase::Unfit
                          ? "the database cannot be used, see the log; what is to be stored waits in memory"
                          : "the database is away; what is to be stored waits in memory until it is back";
    return finding;
}

std::pair<bool, std::string> Observation::readiness() {
    refresh();
    const auto report = checks_.run();
    return {report.ready, readiness::toJson(report)};
}

std::string Observation::tracks() {
    refresh();
    return json::toText(trackstate::toJson(board_).get());
}

std::optional<std::string> Observation::track(const std::string& id) {
    manager_->visit(id, [this](const pipeline::TrackInfo& info, pipeline::State state,
                               const pipeline::Readings& read) { board_.update(info.id, state, read); });
    const trackstate::Record* record = board_.find(id);
    if (!record) return std::nullopt;
    return json::toText(trackstate::toJson(*record, manager_->describe(id)).get());
}

bool Observation::coverage(const std::string& id, const std::string& meeting,
                           std::function<void(std::optional<std::string>)> done) {
    coverage::Question question{id, meeting};
    if (const trackstate::Record* record = board_.find(id);
        record && (meeting.empty() || meeting == record->info.request.meetingOrRoom()))
        question.ledger = ledger::pathOf(settings_.ledgerDir, record->info);
    return desk_.ask(std::move(question), std::move(done));
}

std::optional<std::string> Observation::drawing(const std::string& id) {
    std::string text = manager_->dot(id);
    if (text.empty()) return std::nullopt;
    return text;
}

} // namespace lm
