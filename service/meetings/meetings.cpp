#include "service/meetings/meetings.hpp"

#include "plugins/common/loopthread.hpp"
#include "service/store/events.hpp"
#include "service/webhook/reading.hpp"

#include <optional>
#include <utility>

namespace lm::meetings {
namespace {

using store::Connection;
using store::Done;
using store::Outcome;
using webhook::Kind;

/// What an event says of a meeting.
struct Word {
    bool ended = false;
    bool certain = false; // said of the room itself, not concluded
    store::Meeting meeting;
    domain::UtcTime time;
};

bool isRecorder(const std::optional<livekit::Participant>& participant) {
    return participant && participant->kind == "EGRESS";
}

/// Nullopt when it says nothing. What was left or ended is told of late, and needs no meeting of its own.
std::optional<Word> wordOf(const webhook::Event& event) {
    if (!event.room || event.room->sid.empty()) return std::nullopt;
    Word word;
    switch (event.kind) {
    case Kind::RoomStarted:
        word.certain = true;
        break;
    case Kind::RoomFinished:
        word.ended = word.certain = true;
        break;
    case Kind::ParticipantJoined:
        if (isRecorder(event.participant)) return std::nullopt;
        break;
    case Kind::TrackPublished:
        break;
    default:
        return std::nullopt;
    }
    word.meeting = {event.room->sid, event.room->name, event.room->sid};
    word.time = event.createdAt;
    if (!word.ended && event.room->createdAtMs > 0)
        word.time = domain::UtcTime(std::chrono::milliseconds(event.room->createdAtMs));
    return word;
}

std::size_t weightOf(const webhook::Event& event, const Word& word) {
    return sizeof word + event.id.size() + 2 * word.meeting.meetingId.size() + word.meeting.roomName.size();
}

} // namespace

struct Meetings::Heard {
    std::vector<SessionListener*> listeners; // touched on the main context alone

    void tell(const store::Session& session, bool changed) const {
        for (SessionListener* listener : listeners) {
            if (changed) listener->sessionChanged(session);
            session.status == store::SessionStatus::Active ? listener->sessionActive(session)
                                                           : listener->sessionEnded(session);
        }
    }
};

namespace {

using Told = std::function<void(const store::Session&, bool changed)>;

/// A session becomes active once, but is shown to be by everybody who joins: listeners need not hear each of
/// them. `first`: this event was not applied before, by whichever replica.
Outcome<Done> apply(Connection& connection, const Word& word, bool first, const Told& told) {
    const auto before = store::findSession(connection, word.meeting.meetingId);
    if (!before) return before.failure();
    std::optional<store::Session> now = *before;
    if (first) {
        const auto noted = word.ended ? store::endSession(connection, word.meeting, word.time)
                                      : store::startSession(connection, word.meeting, word.time);
        if (!noted) return noted.failure();
        now = *noted;
    }
    const bool changed = now && (!*before || (*before)->status != now->status);
    if (now && (changed || word.certain)) told(*now, changed);
    return Done{};
}

/// What LiveKit's list of rooms says.
struct Listed {
    domain::UtcTime askedAt;
    std::vector<livekit::Room> rooms;
    std::set<std::string> seen;            // sids, the last list's, too
    std::optional<domain::UtcTime> oldest; // what is older and unseen has ended
};

Outcome<Done> applyListed(Connection& connection, const Listed& listed, const Told& told) {
    const auto active = store::activeSessions(connection);
    if (!active) return active.failure();
    std::set<std::string> known;
    for (const store::Session& session : *active) {
        known.insert(session.meetingId);
        if (!listed.oldest || session.createdAt >= *listed.oldest || listed.seen.contains(session.meetingId))
            continue;
        const Word word{true, false, {session.meetingId, "", ""}, listed.askedAt};
        if (const auto ended = apply(connection, word, true, told); !ended) return ended.failure();
    }
    for (const livekit::Room& room : listed.rooms) {
        if (known.contains(room.sid)) continue;
        Word word{false, false, {room.sid, room.name, room.sid}, listed.askedAt};
        if (room.createdAtMs > 0) word.time = domain::UtcTime(std::chrono::milliseconds(room.createdAtMs));
        if (const auto begun = apply(connection, word, true, told); !begun) return begun.failure();
    }
    return Done{};
}

} // namespace

Meetings::Meetings(Write write, Options options)
    : write_(std::move(write)), options_(std::move(options)),
      home_(Ref<GMainContext>::share(options_.home ? options_.home : g_main_context_default())),
      heard_(std::make_shared<Heard>()) {
    forget();
}

Meetings::~Meetings() = default;

void Meetings::listen(SessionListener& listener) {
    heard_->listeners.push_back(&listener);
}

std::function<void(const store::Session&, bool)> Meetings::teller() const {
    return [home = home_, heard = std::weak_ptr<Heard>(heard_)](const store::Session& session, bool changed) {
        postTo(home.get(), [heard, session, changed] {
            if (const auto open = heard.lock()) open->tell(session, changed);
        });
    };
}

void Meetings::webhookEvent(const webhook::Event& event) {
    const auto word = wordOf(event);
    if (!word) return;
    write_(weightOf(event, *word),
           [id = event.id, word = *word, now = options_.clock(),
            told = teller()](Connection& connection) -> Outcome<Done> {
               if (id.empty()) return apply(connection, word, true, told);
               const auto first = store::firstSight(connection, id, now);
               if (!first) return first.failure();
               return apply(connection, word, *first, told);
           });
}

void Meetings::reconcile(const std::vector<livekit::Room>& rooms, domain::UtcTime askedAt) {
    Listed listed;
    listed.askedAt = askedAt;
    std::size_t weight = sizeof listed;
    for (const livekit::Room& room : rooms) {
        if (room.sid.empty() || room.sid.size() > webhook::longestId) continue;
        listed.rooms.push_back(room);
        listed.seen.insert(room.sid);
        weight += sizeof room + 2 * room.sid.size() + room.name.size();
    }
    auto seen = listed.seen;
    if (lastAsked_) {
        listed.oldest = *lastAsked_ - options_.young;
        listed.seen.merge(std::exchange(lastRooms_, {}));
    }
    lastRooms_ = std::move(seen);
    lastAsked_ = askedAt;
    write_(weight, [listed = std::move(listed), told = teller()](Connection& connection) {
        return applyListed(connection, listed, told);
    });
}

void Meetings::forget() {
    write_(sizeof(domain::UtcTime),
           [before = options_.clock() - options_.memory](Connection& connection) -> Outcome<Done> {
               const auto forgotten = store::forgetEvents(connection, before);
               if (!forgotten) return forgotten.failure();
               return Done{};
           });
    timer_ = Timer(home_.get(), options_.forgetEvery, [this] { forget(); });
}

} // namespace lm::meetings
