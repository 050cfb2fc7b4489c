/// The part of Core that compares what it knows with what LiveKit has.

#include "service/autoegress/core.hpp"

namespace lm::autoegress {
namespace {

using livekit::Egress;

} // namespace

void Core::apply(const Snapshot& snapshot, Time now) {
    std::set<std::string> known; // tracks that are there
    std::set<std::string> blind; // rooms nobody could tell about
    applyTracks(snapshot, known, blind, now);
    if (snapshot.egresses) applyEgresses(snapshot, known, blind, now);
}

void Core::applyTracks(const Snapshot& snapshot, std::set<std::string>& known, std::set<std::string>& blind,
                       Time now) {
    for (const Snapshot::Room& room : snapshot.rooms) {
        if (!room.participants) {
            blind.insert(room.name);
            continue;
        }
        for (const livekit::Participant& participant : *room.participants) {
            for (const livekit::Track& track : participant.tracks) {
                if (track.kind != livekit::TrackKind::Audio || track.sid.empty()) continue;
                known.insert(track.sid);
                const auto tomb = tombs_.values.find(track.sid);
                // Unpublished before we asked, and there all the same: what was told of it was wrong.
                if (tomb != tombs_.values.end() && tomb->second < snapshot.askedAt) tombs_.values.erase(tomb);
                published(
                    {room.name, room.sid, participant.identity, participant.sid, track.sid, track.encrypted},
                    now);
            }
        }
    }
    std::vector<std::string> gone;
    for (const auto& [track, entry] : entries_)
        if (!known.contains(track) && !blind.contains(entry.track.room) && entry.seen < snapshot.askedAt)
            gone.push_back(track);
    for (const std::string& track : gone)
        vanish(track, now);
}

/// Of several egresses of one track the oldest stays, so that all replicas stop the same ones.
std::map<std::string, Egress> Core::oldestOfEach(const std::vector<Egress>& egresses, Time now) {
    std::map<std::string, Egress> kept;
    for (const Egress& egress : egresses) {
        if (!isOurs(egress) || !livekit::isLive(egress.status) || endings_.contains(egress.id)) continue;
        const auto [at, first] = kept.emplace(egress.trackId, egress);
        if (first) continue;
        const bool older =
            std::pair(egress.startedAtNs, egress.id) < std::pair(at->second.startedAtNs, at->second.id);
        const Egress surplus = older ? std::exchange(at->second, egress) : egress;
        if (surplus.status == livekit::EgressStatus::Ending) continue;
        ++stats_.surplus;
        stop(surplus.id, now);
    }
    return kept;
}

void Core::applyEgresses(const Snapshot& snapshot, const std::set<std::string>& known,
                         const std::set<std::string>& blind, Time now) {
    const auto live = oldestOfEach(*snapshot.egresses, now);
    for (auto& [track, entry] : entries_) {
        const auto found = live.find(track);
        if (found != live.end()) {
            const bool other = entry.phase == Phase::Running && entry.egressId != found->second.id;
            const bool idle = !inFlight(entry) && !isHeld(entry, found->second);
            if (idle && (entry.phase != Phase::Running || other)) run(entry, found->second, now);
        } else if (entry.phase == Phase::Running && entry.touched < snapshot.askedAt) {
            ++stats_.restarted;
            wait(entry, "it ended, and nobody told", now);
        }
    }
    std::set<std::string> suspects;
    for (const auto& [track, egress] : live) {
        const bool wanted =
            known.contains(track) || blind.contains(egress.roomName) || entries_.contains(track);
        if (wanted || egress.status == livekit::EgressStatus::Ending) continue;
        // Twice in a row: its end may just not be told yet.
        if (!suspects_.contains(egress.id)) {
            suspects.insert(egress.id);
            continue;
        }
        ++stats_.orphans;
        stop(egress.id, now);
    }
    suspects_ = std::move(suspects);
}

} // namespace lm::autoegress
