#include "service/egresscontrol/controller.hpp"

#include "service/autoegress/reason.hpp"
#include "service/logging/log.hpp"

#include <algorithm>
#include <utility>

namespace lm::egresscontrol {
namespace {

using autoegress::Core;
using autoegress::Publication;
using livekit::Egress;

constexpr char component[] = "autoegress";

autoegress::CoreOptions coreOptions(const Controller::Options& options) {
    autoegress::CoreOptions core;
    core.automatic = options.automatic;
    core.sendsToUs = [url = options.url](const std::string& other) { return url.isOurs(other); };
    core.random = options.random;
    return core;
}

/// A recorder publishes nothing; what LiveKit leaves out of an event is found by the next survey.
std::optional<Publication> publicationOf(const webhook::Event& event) {
    if (!event.track || event.track->kind != livekit::TrackKind::Audio || !event.room ||
        event.room->name.empty())
        return std::nullopt;
    Publication track{event.room->name, event.room->sid, "", "", event.track->sid, event.track->encrypted};
    if (event.participant) {
        track.participant = event.participant->identity;
        track.participantSid = event.participant->sid;
    }
    return track;
}

bool isInFlight(const Core::Entry& entry) {
    using Phase = Core::Phase;
    return entry.phase == Phase::Claiming || entry.phase == Phase::Looking || entry.phase == Phase::Starting;
}

} // namespace

Controller::Controller(Options options) : options_(std::move(options)), core_(coreOptions(options_)) {}

/// Everything that happens comes through here, so that what follows from it is done.
void Controller::feed(const std::function<void(autoegress::Time)>& input) {
    if (shutDown_) return;
    const auto now = options_.now();
    input(now);
    core_.tick(now);
    act();
    settle();
    timer_ = Timer();
    if (const auto next = core_.next())
        timer_ = Timer(
            options_.home,
            std::max(std::chrono::ceil<std::chrono::milliseconds>(*next - now), std::chrono::milliseconds(0)),
            [this] { feed([](autoegress::Time) {}); });
}

void Controller::webhookEvent(const webhook::Event& event) {
    using webhook::Kind;
    feed([&](autoegress::Time now) {
        switch (event.kind) {
        case Kind::TrackPublished:
            if (const auto track = publicationOf(event)) core_.published(*track, now);
            break;
        case Kind::TrackUnpublished:
            core_.unpublished(event.track->sid, now);
            break;
        case Kind::ParticipantLeft:
        case Kind::ParticipantAborted:
            core_.left(event.participant->sid, now);
            break;
        case Kind::RoomFinished:
            core_.roomFinished(event.room->sid, event.room->name, now);
            break;
        case Kind::EgressStarted:
        case Kind::EgressUpdated:
        case Kind::EgressEnded:
            changed(*event.egress, now);
            break;
        default:
            break;
        }
    });
}

/// LiveKit accepts first and fails later: only here it says why. It may say no more than the egress's name.
void Controller::changed(Egress egress, autoegress::Time now) {
    if (const Core::Entry* entry = core_.findEgress(egress.id)) {
        if (egress.trackId.empty()) {
            egress.kind = livekit::EgressKind::Track;
            egress.trackId = entry->track.track;
            egress.websocketUrl = options_.url.place();
        }
        if (entry->phase == Core::Phase::Running && !livekit::isLive(egress.status))
            report(egress, entry->track);
    }
    core_.egressChanged(egress, now);
}

void Controller::report(const Egress& egress, const Publication& track) {
    const bool bad =
        egress.status == livekit::EgressStatus::Failed || egress.status == livekit::EgressStatus::Aborted;
    logging::log(bad ? logging::Level::Warning : logging::Level::Info, component,
                 bad ? "LiveKit's egress failed" : "LiveKit's egress ended",
                 {{"egressId", egress.id},
                  {"trackId", track.track},
                  {"room", track.room},
                  {"participant", track.participant},
                  {"reason", autoegress::endReason(egress)}});
}

void Controller::apply(const autoegress::Snapshot& snapshot) {
    feed([&](autoegress::Time now) { core_.apply(snapshot, now); });
}

Core::Wish Controller::want(const Publication& track, Settled settled) {
    auto wish = Core::Wish::Full;
    feed([&](autoegress::Time now) {
        wish = core_.want(track, now);
        if (wish == Core::Wish::Accepted) waiting_[track.track].push_back(std::move(settled));
    });
    return wish;
}

void Controller::stop(const std::string& egressId,
                      std::function<void(std::optional<livekit::Failure>)> then) {
    options_.api->stopEgress(egressId, [this, egressId, then](livekit::Reply<Egress> reply) {
        using Kind = livekit::Failure::Kind;
        const bool over =
            !reply && (reply.failure().kind == Kind::NotFound || reply.failure().kind == Kind::Precondition);
        if (!reply && !over) return then(reply.failure());
        logging::info(component, "LiveKit's egress is stopped, as asked for", {{"egressId", egressId}});
        feed([&](autoegress::Time now) { core_.hold(egressId, now); });
        then(std::nullopt);
    });
}

void Controller::act() {
    using Kind = autoegress::Command::Kind;
    for (const autoegress::Command& command : core_.take()) {
        switch (command.kind) {
        case Kind::Claim:
            claim(command.track);
            break;
        case Kind::Look:
            look(command.track);
            break;
        case Kind::Start:
            start(command.track);
            break;
        case Kind::Stop:
            dismiss(command.egressId);
            break;
        }
    }
}

void Controller::claim(const Publication& track) {
    options_.claims->claim(track.track, [this, sid = track.track](autoegress::Claim claim) {
        if (claim != autoegress::Claim::Denied) claimed_.insert(sid);
        if (shutDown_) return options_.claims->end(sid, std::chrono::seconds(0));
        feed([&](autoegress::Time now) { core_.claimed(sid, claim, now); });
    });
}

void Controller::look(const Publication& track) {
    options_.api->listEgress({track.room, false}, [this, track](livekit::Reply<std::vector<Egress>> reply) {
        if (!reply)
            logging::warning(
                component, "LiveKit cannot say which egresses there are, trying again",
                {{"trackId", track.track}, {"room", track.room}, {"reason", reply.failure().message}});
        feed([&](autoegress::Time now) { core_.looked(track.track, reply, now); });
    });
}

void Controller::start(const Publication& track) {
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(options_.clock().time_since_epoch());
    options_.api->startTrackEgress({track.room, track.track, options_.url.of(track, now.count())},
                                   [this, track](livekit::Reply<Egress> reply) { started(track, reply); });
}

void Controller::started(const Publication& track, const livekit::Reply<Egress>& reply) {
    if (reply)
        logging::info(component, "LiveKit's egress of a track is started",
                      {{"egressId", reply->id},
                       {"trackId", track.track},
                       {"room", track.room},
                       {"participant", track.participant}});
    else
        logging::warning(component, "LiveKit did not start the egress of a track, trying again",
                         {{"trackId", track.track},
                          {"room", track.room},
                          {"participant", track.participant},
                          {"reason", reply.failure().message}});
    const bool perhaps = !reply && (reply.failure().kind == livekit::Failure::Kind::Late ||
                                    reply.failure().kind == livekit::Failure::Kind::Broken);
    claimed_.erase(track.track);
    if (!perhaps) options_.claims->end(track.track, reply ? Claims::settling : std::chrono::seconds(0));
    // LiveKit's webhook may be faster than its answer.
    if (const Egress* over = reply ? core_.ending(reply->id) : nullptr) report(*over, track);
    feed([&](autoegress::Time now) { core_.started(track.track, reply, now); });
}

void Controller::dismiss(const std::string& egressId) {
    logging::info(component, "stopping an egress that nobody needs", {{"egressId", egressId}});
    options_.api->stopEgress(egressId, [egressId](livekit::Reply<Egress> reply) {
        if (reply || reply.failure().kind == livekit::Failure::Kind::Precondition) return;
        logging::warning(component, "an egress that nobody needs could not be stopped",
                         {{"egressId", egressId}, {"reason", reply.failure().message}});
    });
}

/// A claim that led to no start is of no more use. Who waits is told as soon as there is something to tell.
void Controller::settle() {
    std::erase_if(claimed_, [&](const std::string& track) {
        const Core::Entry* entry = core_.find(track);
        if (entry && isInFlight(*entry)) return false;
        options_.claims->end(track, std::chrono::seconds(0));
        return true;
    });
    for (auto at = waiting_.begin(); at != waiting_.end();) {
        const Core::Entry* entry = core_.find(at->first);
        const bool open =
            entry && (isInFlight(*entry) || (entry->phase == Core::Phase::Waiting && entry->reason.empty()));
        if (open) {
            ++at;
            continue;
        }
        for (const Settled& settled : at->second)
            settled(entry);
        at = waiting_.erase(at);
    }
}

void Controller::shutDown() {
    if (std::exchange(shutDown_, true)) return;
    timer_ = Timer();
    for (const std::string& track : claimed_) {
        const Core::Entry* entry = core_.find(track);
        // LiveKit may be about to start it.
        if (entry && entry->phase == Core::Phase::Starting) continue;
        options_.claims->end(track, std::chrono::seconds(0));
    }
    claimed_.clear();
    for (const auto& [track, all] : std::exchange(waiting_, {}))
        for (const Settled& settled : all)
            settled(nullptr);
}

} // namespace lm::egresscontrol
