#pragma once

#include "service/webhook/event.hpp"
#include "tests/service/store/engines.hpp"

namespace lm::webhook {

/// A webhook at second `at` of the tests' time, of the room RM_<room>.
inline Event told(Kind kind, int room, int at, std::string id = {}) {
    Event event;
    event.id = std::move(id);
    event.kind = kind;
    event.createdAt = store::fromUnixMs(1'767'225'600'000 + at * 1000LL);
    event.room = livekit::Room();
    event.room->sid = "RM_" + std::to_string(room);
    event.room->name = "room " + std::to_string(room);
    if (kind == Kind::ParticipantJoined || kind == Kind::ParticipantLeft || kind == Kind::TrackPublished) {
        event.participant = livekit::Participant();
        event.participant->kind = "STANDARD";
    }
    return event;
}

} // namespace lm::webhook
