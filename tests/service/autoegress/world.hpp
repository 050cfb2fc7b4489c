#pragma once

#include "service/autoegress/core.hpp"

#include <algorithm>
#include <random>

namespace lm::test {

/// A LiveKit that exists in memory, as the core meets it: tracks, egresses, and what it tells about them.
struct World {
    using Egress = livekit::Egress;
    using Status = livekit::EgressStatus;

    struct Track {
        autoegress::Publication publication;
        bool published = true;
    };
    std::vector<Track> tracks;
    std::vector<Egress> egresses;

    Egress& start(const autoegress::Publication& track) {
        Egress egress;
        egress.id = "EG_" + std::to_string(egresses.size() + 1);
        egress.roomName = track.room;
        egress.kind = livekit::EgressKind::Track;
        egress.trackId = track.track;
        egress.websocketUrl = "ws://ours/egress-audio?token=SECRET";
        egress.startedAtNs = static_cast<std::int64_t>(egresses.size() + 1);
        return egresses.emplace_back(egress);
    }
    void end(Egress& egress, Status status, const std::string& details) {
        egress.status = status;
        egress.details = details;
        egress.endedAtNs = ++clock;
    }
    std::vector<Egress> ofRoom(const std::string& room) const {
        std::vector<Egress> found;
        std::copy_if(egresses.begin(), egresses.end(), std::back_inserter(found),
                     [&](const Egress& e) { return e.roomName == room; });
        return found;
    }
    std::size_t liveOf(const std::string& track) const {
        return static_cast<std::size_t>(std::count_if(egresses.begin(), egresses.end(), [&](const Egress& e) {
            return e.trackId == track && livekit::isLive(e.status);
        }));
    }
    autoegress::Snapshot snapshot(autoegress::Time now) const {
        autoegress::Snapshot snapshot;
        snapshot.askedAt = now;
        snapshot.egresses.emplace();
        for (const Egress& egress : egresses)
            if (livekit::isLive(egress.status)) snapshot.egresses->push_back(egress);
        std::map<std::string, std::map<std::string, livekit::Participant>> rooms;
        for (const Track& track : tracks) {
            if (!track.published) continue;
            auto& participant = rooms[track.publication.room][track.publication.participant];
            participant.identity = track.publication.participant;
            participant.sid = track.publication.participantSid;
            livekit::Track& added = participant.tracks.emplace_back();
            added.sid = track.publication.track;
            added.encrypted = track.publication.encrypted;
        }
        for (auto& [name, participants] : rooms) {
            auto& room = snapshot.rooms.emplace_back();
            room.name = name;
            room.sid = "RM_" + name;
            room.participants.emplace();
            for (auto& [identity, participant] : participants)
                room.participants->push_back(participant);
        }
        return snapshot;
    }

    std::int64_t clock = 1000;
};

} // namespace lm::test
