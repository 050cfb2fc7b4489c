#pragma once

#include "service/api/ports.hpp"
#include "service/config/settings.hpp"
#include "service/coverage/desk.hpp"
#include "service/egressside.hpp"
#include "service/gateway/gateway.hpp"
#include "service/http/front.hpp"
#include "service/ledger/ledger.hpp"
#include "service/metrics/trackmetrics.hpp"
#include "service/pipeline/keeper.hpp"
#include "service/pipeline/manager.hpp"
#include "service/pipelinelog/pipelinelog.hpp"
#include "service/readiness/diskcheck.hpp"
#include "service/recordings/startrepair.hpp"
#include "service/store/store.hpp"
#include "service/tracks.hpp"
#include "service/trackstate/board.hpp"

#include <memory>
#include <vector>

namespace lm {

/// What the daemon shows of itself: gathers from every part, at the moment of the question, on the main
/// context.
class Observation : public api::Observation {
public:
    explicit Observation(const config::Settings& settings);

    /// To be given to the track manager.
    std::vector<pipeline::TrackObserver*> observers() { return {&board_, &trackMetrics_}; }
    /// What is looked at, once it is all there, directories included. All outlive this; `front` may come
    /// later.
    void watch(const pipeline::TrackManager& manager, const Tracks& tracks,
               const pipelinelog::PipelineLog& log, const ledger::Ledger& ledger);
    void watch(const http::Front& front, const security::Refusals& refusals);
    void watch(const recordings::StartRepair& repair) { repair_ = &repair; }
    void watch(const pipeline::Keeper& keeper) { keeper_ = &keeper; }
    void watch(const gateway::Gateway& gateway) { gateway_ = &gateway; }
    void watch(const store::Store& store) { store_ = &store; }
    void watch(const EgressSide& egress) { egress_ = &egress; }
    /// Something of the spool that no track said.
    void spoolEvent(const pipeline::Event& event) { trackMetrics_.count(event); }
    /// Counts an answer of the HTTP front.
    void answered(const std::string& endpoint, unsigned status);

    std::pair<bool, std::string> readiness() override;
    std::string metrics() override { return refresh(), metrics_.text(); }
    std::string metricsType() const override { return metrics::Metrics::contentType; }
    std::string tracks() override;
    std::optional<std::string> track(const std::string& id) override;
    bool coverage(const std::string& id, const std::string& meeting,
                  std::function<void(std::optional<std::string>)> done) override;
    std::optional<std::string> drawing(const std::string& id) override;

private:
    /// Reads what running tracks count; questions that follow each other closely share one reading.
    void refresh();
    void addDisk(const std::string& name, const std::string& path);
    void addChecks();
    readiness::Finding judgeIngest() const;
    readiness::Finding judgeDelivery() const;
    readiness::Finding judgeDatabase() const;
    void collectTracks(metrics::Samples& samples) const;
    void collectIngest(metrics::Samples& samples) const;
    void collectQueues(metrics::Samples& samples) const;
    void collectHttp(metrics::Samples& samples) const;
    void collectRealtime(metrics::Samples& samples) const;
    void collectRepairs(metrics::Samples& samples) const;
    void collectStore(metrics::Samples& samples) const;
    void collectEgress(metrics::Samples& samples) const;
    void collectReadiness(metrics::Samples& samples) const;

    const config::Settings& settings_;
    trackstate::Board board_;
    metrics::Metrics metrics_;
    metrics::TrackMetrics trackMetrics_{metrics_};
    prometheus::Family<prometheus::Counter>& requests_;
    std::vector<std::pair<std::string, std::unique_ptr<readiness::DiskProbe>>> disks_;
    readiness::Checks checks_;
    pipeline::IngestReadings ingest_; // the last seen: there are no ingest threads without tracks
    pipeline::SpoolReadings spool_;   // the last seen, for the same reason
    std::chrono::steady_clock::time_point refreshed_{};
    coverage::Desk desk_{settings_.ledgerDir};
    const pipeline::TrackManager* manager_ = nullptr;
    const Tracks* tracks_ = nullptr;
    const pipelinelog::PipelineLog* log_ = nullptr;
    const ledger::Ledger* ledger_ = nullptr;
    const pipeline::Keeper* keeper_ = nullptr;
    const store::Store* store_ = nullptr;
    const EgressSide* egress_ = nullptr;
    const http::Front* front_ = nullptr;
    const gateway::Gateway* gateway_ = nullptr;
    const security::Refusals* refusals_ = nullptr;
    const recordings::StartRepair* repair_ = nullptr;
};

} // namespace lm
