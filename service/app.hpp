#pragma once

#include "service/association/associator.hpp"
#include "service/config/settings.hpp"
#include "service/egressside.hpp"
#include "service/gateway/announcer.hpp"
#include "service/gateway/gateway.hpp"
#include "service/http/front.hpp"
#include "service/ledger/ledger.hpp"
#include "service/livekitside.hpp"
#include "service/meetings/meetings.hpp"
#include "service/observation.hpp"
#include "service/pipeline/catalogue.hpp"
#include "service/pipeline/keeper.hpp"
#include "service/pipeline/manager.hpp"
#include "service/pipeline/tracklog.hpp"
#include "service/pipelinelog/pipelinelog.hpp"
#include "service/recordings/startrepair.hpp"
#include "service/records/records.hpp"
#include "service/store/store.hpp"
#include "service/tracks.hpp"

#include <memory>

namespace lm {

/// The composition root: the only place that knows all parts. Members stand in the order of their start; they
/// stop in reverse. Lives on the default main context.
class App {
public:
    /// Checks and starts everything; an error is what stops the start. GStreamer must have been initialised.
    static Result<std::unique_ptr<App>> create(const config::Settings& settings);

    /// Says where it listens, serves until a signal and returns the exit code.
    int run();
    /// What SIGTERM and SIGINT call. The first: no new track, every pipeline ends in order, then run()
    /// returns 0. The second, or the deadline: what still runs is cut and run() returns `exitDeadline`.
    void shutDown();
    /// What SIGHUP calls: certificates are read again.
    void reload();

private:
    App(const config::Settings& settings, pipeline::Catalogue catalogue);
    std::optional<Error> start();
    std::optional<Error> openStore();
    association::Associator::Options associatorOptions();
    void hurry(const char* reason);
    void finish(int exitCode);

    const config::Settings settings_;
    const pipeline::Catalogue catalogue_;
    const Ref<GMainLoop> loop_;
    pipelinelog::PipelineLog pipelineLog_;
    ledger::Ledger ledger_;
    pipeline::TrackLog trackLog_;
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<records::Records> records_;
    std::unique_ptr<recordings::StartRepair> repair_;
    std::unique_ptr<association::Associator> associator_;
    std::unique_ptr<meetings::Meetings> meetings_;
    std::unique_ptr<pipeline::Keeper> keeper_;
    Observation observation_;
    std::unique_ptr<gateway::Gateway> gateway_;
    std::unique_ptr<gateway::Announcer> announcer_;
    std::unique_ptr<pipeline::TrackManager> manager_;
    std::unique_ptr<Tracks> tracks_;
    security::Refusals refusals_;
    std::unique_ptr<EgressSide> egress_;
    std::unique_ptr<LivekitSide> livekit_; // whose client answers egress_
    std::unique_ptr<http::Front> front_;
    http::Source deadline_;
    bool shuttingDown_ = false;
    int exitCode_ = 0;
};

} // namespace lm
