#include "service/app.hpp"

#include "plugins/common/cboundary.hpp"
#include "service/access/gate.hpp"
#include "service/api/egress.hpp"
#include "service/api/observe.hpp"
#include "service/api/status.hpp"
#include "service/association/lookup.hpp"
#include "service/daemon/directories.hpp"
#include "service/daemon/watchdog.hpp"
#include "service/http/filelimit.hpp"
#include "service/json/json.hpp"
#include "service/logging/log.hpp"
#include "service/rest/audio.hpp"
#include "service/rest/export.hpp"
#include "service/rest/sessions.hpp"
#include "service/rest/users.hpp"
#include "service/webhook/endpoint.hpp"

#include <glib-unix.h>

#include <algorithm>
#include <csignal>
#include <cstdio>

namespace lm {
namespace {

constexpr char component[] = "service";

/// Socket, recording and bus of a track, with something to spare.
constexpr std::uint64_t descriptorsPerTrack = 6;

void reportLimits(const config::Settings& settings) {
    const std::uint64_t limit = http::raiseFileLimit();
    const std::uint64_t wanted = settings.http.maxConnections +
                                 descriptorsPerTrack * settings.egress.maxTracks +
                                 settings.realtime.maxClients + 64;
    if (limit < wanted)
        logging::warning(component, "the limit of open files (ulimit -n) is too low for what is configured",
                         {{"limit", limit}, {"wanted", wanted}});
}

void reportSettings(const config::Settings& settings) {
    if (settings.imentiv.endpointUrl.empty())
        logging::info(component,
                      "IMENTIV_ENDPOINT_URL is not set: tracks are recorded, nothing is sent for analysis");
    if (!settings.livekit.webhookVerify)
        logging::warning(component,
                         "LIVEKIT_WEBHOOK_VERIFY is false: every program on this machine can start and "
                         "end meetings");
    else if (settings.livekit.apiKey.empty())
        logging::info(component, "LIVEKIT_API_KEY is not set: LiveKit's webhooks are refused");
    if (settings.egress.auth == config::EgressAuth::Token) return;
    if (!config::isLocal(settings.http))
        logging::warning(component, "EGRESS_AUTH is none: anyone who reaches this address can record",
                         {{"host", settings.http.host}});
    if (!settings.egress.authSecrets.empty())
        logging::warning(component, "EGRESS_AUTH_SECRET has no effect because EGRESS_AUTH is not token");
}

api::EgressAccess egressAccess(const config::EgressSettings& egress) {
    api::EgressAccess access;
    if (egress.auth == config::EgressAuth::Token) access.tokens = security::MediaTokens(egress.authSecrets);
    return access;
}

access::Gate gateOf(const config::Settings& settings) {
    access::Gate::Options options;
    options.secrets = settings.api.tokenSecrets;
    options.local = config::isLocal(settings.http);
    options.origins = settings.http.corsOrigins;
    return access::Gate(std::move(options));
}

/// Who may hear what happens in meetings: who may read it over REST.
gateway::Admission realtimeAdmission(const access::Gate& gate) {
    return [gate](std::string_view token) -> std::optional<std::string> {
        const auto refusal = gate.refusal(token, access::Role::Viewer);
        if (!refusal) return std::nullopt;
        const auto body = json::parse(refusal->body, "refusal");
        return body ? json::stringMember(json::member(body->get(), "error"), "message") : refusal->code;
    };
}

webhook::Options webhookOptions(const config::LiveKitSettings& livekit) {
    webhook::Options options;
    options.apiKey = livekit.apiKey;
    options.apiSecret = livekit.apiSecret;
    options.verify = livekit.webhookVerify;
    return options;
}

/// What there is, for whoever compares it with schemas/openapi.yaml.
void reportRoutes(const http::Router& router) {
    for (const auto& endpoint : router.endpoints())
        logging::debug("http", "route",
                       {{"path", endpoint.path}, {"methods", endpoint.methods}, {"socket", endpoint.socket}});
}

gboolean onSignal(gpointer app) {
    fence("signal", [&] { static_cast<App*>(app)->shutDown(); });
    return G_SOURCE_CONTINUE;
}

gboolean onHangup(gpointer app) {
    fence("signal", [&] { static_cast<App*>(app)->reload(); });
    return G_SOURCE_CONTINUE;
}

} // namespace

Result<std::unique_ptr<App>> App::create(const config::Settings& settings) {
    auto catalogue = pipeline::Catalogue::load(settings.pipelinesDir);
    if (!catalogue) return catalogue.error();
    std::unique_ptr<App> app(new App(settings, std::move(*catalogue)));
    if (auto error = app->start()) return *error;
    return app;
}

App::App(const config::Settings& settings, pipeline::Catalogue catalogue)
    : settings_(settings), catalogue_(std::move(catalogue)),
      loop_(Ref<GMainLoop>::adopt(g_main_loop_new(nullptr, FALSE))), pipelineLog_(settings_.pipelineLogDir),
      ledger_(settings_.ledgerDir, {!settings_.imentiv.endpointUrl.empty(), settings_.audio.normalize}),
      observation_(settings_) {}

std::optional<Error> App::start() {
    reportLimits(settings_);
    if (auto error = daemon::prepareDirectory("EGRESS_AUDIO_OUTPUT_DIR", settings_.egress.audioOutputDir))
        return error;
    if (auto error = daemon::prepareDirectory("EGRESS_VIDEO_OUTPUT_DIR", settings_.egress.videoOutputDir))
        return error;
    if (auto error = daemon::prepareDirectory("PIPELINE_LOG_DIR", settings_.pipelineLogDir)) return error;
    if (auto error = daemon::prepareDirectory("LEDGER_DIR", settings_.ledgerDir)) return error;
    // Before the first track: what is modified from here on is not the repair's.
    repair_ = std::make_unique<recordings::StartRepair>(settings_.egress.audioOutputDir);
    if (auto error = openStore()) return error;
    auto keeper = pipeline::Keeper::create(settings_, [this](const pipeline::Event& event) {
        observation_.spoolEvent(event);
        ledger_.spoolEvent(event);
        records_->spoolEvent(event);
    });
    if (!keeper) return keeper.error();
    keeper_ = std::move(*keeper);
    gateway_ = std::make_unique<gateway::Gateway>(settings_.http, settings_.realtime,
                                                  realtimeAdmission(gateOf(settings_)));
    const auto database = store::parseAddress(settings_.databaseUrl);
    if (database)
        if (const auto* server = std::get_if<store::PostgresAddress>(&database->target))
            gateway_->shareBy(*server);
    observation_.watch(*gateway_);
    announcer_ = std::make_unique<gateway::Announcer>(*gateway_);
    meetings_->listen(*announcer_);
    std::vector<pipeline::TrackObserver*> observers = observation_.observers();
    observers.insert(observers.end(), {&trackLog_, &pipelineLog_, &ledger_, records_.get(), associator_.get(),
                                       announcer_.get()});
    auto manager = pipeline::TrackManager::create(settings_, catalogue_, observers);
    if (!manager) return manager.error();
    manager_ = std::move(*manager);
    tracks_ = std::make_unique<Tracks>(*manager_, settings_.egress.maxTracks);
    observation_.watch(*manager_, *tracks_, pipelineLog_, ledger_);
    observation_.watch(*store_);
    if (keeper_) observation_.watch(*keeper_);
    http::Router router;
    api::addStatus(router);
    const access::Gate gate = gateOf(settings_);
    if (gate.closed())
        logging::warning(component,
                         "the API is closed: set API_TOKEN_SECRET; open are /, /health, /ready and what has "
                         "a check of its own",
                         {{"host", settings_.http.host}});
    api::addObservation(router, observation_, gate);
    rest::addSessions(router, *store_, gate);
    rest::addUsers(router, *store_, gate);
    rest::AudioOptions files{settings_.egress.audioOutputDir};
    files.videoDirectory = settings_.egress.videoOutputDir;
    rest::addRecordingAudio(router, *store_, gate, std::make_shared<downloads::Readers>(), std::move(files));
    rest::addExport(router, *store_, gate,
                    std::make_shared<exports::Exporter>(
                        exports::Options{settings_.egress.audioOutputDir, settings_.egress.videoOutputDir}));
    api::addEgress(router, *tracks_, egressAccess(settings_.egress), association::lookUpIn(*store_));
    gateway_->attach(router);
    auto livekit = LivekitSide::open(settings_, gate);
    if (!livekit) return livekit.error();
    livekit_ = std::move(*livekit);
    egress_ = std::make_unique<EgressSide>(settings_, livekit_->client(), *store_, *meetings_);
    egress_->addTo(router, gate);
    observation_.watch(*egress_);
    std::vector<webhook::Listener*> listeners{meetings_.get()};
    if (egress_->controller()) listeners.push_back(egress_->controller());
    webhook::addWebhook(router, webhookOptions(settings_.livekit), std::move(listeners));
    reportRoutes(router);
    http::FrontOptions options;
    options.refusals = &refusals_;
    options.answered = [this](const std::string& endpoint, unsigned status) {
        observation_.answered(endpoint, status);
    };
    auto front = http::Front::open(settings_.http, std::move(router), std::move(options));
    if (!front) return front.error();
    front_ = std::move(*front);
    observation_.watch(*front_, refusals_);
    observation_.watch(*repair_);
    if (auto error = livekit_->serve(front_->port(), refusals_)) return error;
    egress_->start();
    reportSettings(settings_);
    return std::nullopt;
}

/// A database that is away keeps nothing from starting.
std::optional<Error> App::openStore() {
    const auto address = store::parseAddress(settings_.databaseUrl);
    if (!address) return address.error();
    if (auto error = daemon::prepareDatabaseDirectory(store::fileOf(*address))) return error;
    auto opened = store::Store::open(*address, nullptr, {});
    if (!opened) return opened.error();
    store_ = std::move(*opened);
    const auto write = [this](std::size_t weight, store::Change change) {
        store_->write(weight, std::move(change));
    };
    associator_ = std::make_unique<association::Associator>(write, associatorOptions());
    meetings_ = std::make_unique<meetings::Meetings>(write, meetings::Meetings::Options{});
    meetings_->listen(*associator_);
    records::Records::Options rows{settings_.egress.audioOutputDir, !settings_.imentiv.endpointUrl.empty()};
    rows.videoDirectory = settings_.egress.videoOutputDir;
    records_ = std::make_unique<records::Records>(write, std::move(rows));
    return std::nullopt;
}

association::Associator::Options App::associatorOptions() {
    association::Associator::Options options;
    options.places = {settings_.egress.audioOutputDir, settings_.ledgerDir, settings_.egress.videoOutputDir};
    options.mayTouchOld = [this] { return repair_->counts().finished; };
    options.moved = [this](const store::Track& track) {
        pipeline::TrackInfo info;
        info.id = track.id;
        info.request.room = track.roomName;
        info.request.participant = track.participant;
        info.request.trackId = track.trackId;
        info.request.meetingId = *track.meetingId;
        pipelineLog_.associated(info);
    };
    return options;
}

int App::run() {
    std::signal(SIGPIPE, SIG_IGN);
    const guint term = g_unix_signal_add(SIGTERM, onSignal, this);
    const guint hangup = g_unix_signal_add(SIGHUP, onHangup, this);
    const guint interrupt = g_unix_signal_add(SIGINT, onSignal, this);
    std::printf("listening on %s\n", front_->url().c_str());
    if (!livekit_->meetUrl().empty()) std::printf("meeting client on %s\n", livekit_->meetUrl().c_str());
    std::fflush(stdout);
    g_main_loop_run(loop_.get());
    g_source_remove(term);
    g_source_remove(interrupt);
    g_source_remove(hangup);
    return exitCode_;
}

void App::reload() {
    front_->reloadCertificate();
    livekit_->reloadCertificate();
}

void App::shutDown() {
    if (std::exchange(shuttingDown_, true)) return hurry("second signal");
    logging::info(component, "shutting down", {{"tracks", manager_->active()}});
    const std::chrono::milliseconds timeout(settings_.shutdownTimeoutMs);
    daemon::armWatchdog(timeout,
                        logging::line(std::chrono::system_clock::now() + timeout, logging::Level::Error,
                                      component, "the shutdown deadline has passed, exiting now"));
    tracks_->beginDraining();
    gateway_->close();
    egress_->shutDown();
    deadline_.after(timeout * 9 / 10, [this] { hurry("deadline"); });
    manager_->drain([this](bool clean) { finish(clean ? 0 : daemon::exitDeadline); });
}

void App::hurry(const char* reason) {
    logging::error(component, "tracks are cut to end in time",
                   {{"reason", reason}, {"tracks", manager_->active()}});
    manager_->abort();
    finish(daemon::exitDeadline);
}

/// What comes first decides; a clean end after a cut is none.
void App::finish(int exitCode) {
    exitCode_ = std::max(exitCode_, exitCode);
    const auto late = std::chrono::duration_cast<std::chrono::microseconds>(manager_->worstLateness());
    logging::info("ingest", "worst tick lateness " + std::to_string(late.count()) + " us", {});
    // What came out of the spool last is in the ledger, too.
    if (keeper_) keeper_->stop();
    g_main_loop_quit(loop_.get());
}

} // namespace lm
