#pragma once

#include "service/domain/utc.hpp"
#include "service/livekit/types.hpp"

#include <optional>
#include <string>

namespace lm::webhook {

/// What LiveKit tells of. The specification's `room_created` counts as RoomStarted, its `room_ended` and
/// `room_deleted` as RoomFinished; LiveKit itself sends none of them.
enum class Kind {
    RoomStarted,
    RoomFinished,
    ParticipantJoined,
    ParticipantLeft,
    ParticipantAborted, // never got as far as joining
    TrackPublished,
    TrackUnpublished,
    EgressStarted, // accepted: media does not flow yet
    EgressUpdated,
    EgressEnded,
    Other, // of no concern to us, or newer than we are
};

/// One webhook. LiveKit repeats them (with the same id when our answer got lost, with another when two of its
/// parts tell of one thing), swaps those of egresses and rooms, and loses some. What is nullopt was not sent.
struct Event {
    std::string id; // empty: its sender has none
    Kind kind = Kind::Other;
    std::string name; // as sent
    domain::UtcTime createdAt;
    std::optional<livekit::Room> room{};               // of tracks and egresses: name and sid alone
    std::optional<livekit::Participant> participant{}; // of tracks: sid and identity alone
    std::optional<livekit::Track> track{};             // an audio track, unless it says otherwise
    std::optional<livekit::Egress> egress{};           // its status counts, not the event's name
};

/// Who wants to hear of webhooks: those that were verified, in the order in which they came. Main thread.
class Listener {
public:
    virtual ~Listener() = default;
    /// Must not wait: LiveKit does, for the answer.
    virtual void webhookEvent(const Event& event) = 0;
};

} // namespace lm::webhook
