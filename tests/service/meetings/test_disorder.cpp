#include "service/meetings/meetings.hpp"
#include "service/store/store.hpp"
#include "tests/service/meetings/told.hpp"
#include "tests/support/rounds.hpp"

#include <algorithm>
#include <map>
#include <random>

// Webhooks come in any order, again, under other ids, and some never. Whatever of them arrives decides the
// sessions; its order does not.

namespace lm::store {
namespace {

using webhook::Event;
using webhook::Kind;
using webhook::told;

constexpr unsigned rooms = 6;

/// The same sequence everywhere, which the distributions of the standard library are not.
class Dice {
public:
    explicit Dice(unsigned seed) : engine_(seed) {}
    std::size_t below(std::size_t bound) { return engine_() % bound; }
    template <typename T> void shuffle(std::vector<T>& all) {
        for (std::size_t i = all.size(); i > 1; --i)
            std::swap(all[i - 1], all[below(i)]);
    }

private:
    std::mt19937 engine_;
};

/// What LiveKit would tell of meetings, in its order.
std::vector<Event> meetingsAsTheyWere(Dice& dice) {
    std::vector<Event> all;
    int id = 0;
    const auto add = [&](Kind kind, int room, int at) {
        all.push_back(told(kind, room, at, "EV_" + std::to_string(++id)));
    };
    for (int room = 0; room < int(rooms); ++room) {
        const int start = int(dice.below(1000));
        add(Kind::RoomStarted, room, start);
        for (int i = 0; i < int(dice.below(4)); ++i) {
            add(Kind::ParticipantJoined, room, start + 10 * i + 1);
            add(Kind::TrackPublished, room, start + 10 * i + 2);
            add(Kind::ParticipantLeft, room, start + 100 + i);
        }
        add(Kind::ParticipantJoined, room, start + 3);
        all.back().participant->kind = "EGRESS";
        if (dice.below(4) > 0) add(Kind::RoomFinished, room, start + 200);
    }
    return all;
}

/// Loses some, repeats some, tells some under another id, mixes all.
std::vector<Event> asTheyArrive(std::vector<Event> events, Dice& dice) {
    std::vector<Event> arriving;
    for (const Event& event : events) {
        if (dice.below(4) == 0) continue;
        arriving.push_back(event);
        if (dice.below(3) == 0) arriving.push_back(event);
        if (dice.below(3) == 0) {
            arriving.push_back(event);
            arriving.back().id += "again";
        }
    }
    dice.shuffle(arriving);
    return arriving;
}

/// What there is to know of a session: not its name for itself, nor when it was first heard of.
using Known =
    std::tuple<SessionStatus, std::string, std::optional<domain::UtcTime>, std::optional<domain::UtcTime>>;
using Picture = std::map<std::string, Known>;

/// Worked out from the promise, not from the program.
Picture expected(const std::vector<Event>& arrived) {
    Picture picture;
    for (const Event& event : arrived) {
        const bool starts = event.kind == Kind::RoomStarted || event.kind == Kind::TrackPublished ||
                            (event.kind == Kind::ParticipantJoined && event.participant->kind != "EGRESS");
        const bool ends = event.kind == Kind::RoomFinished;
        if (!starts && !ends) continue;
        auto& [status, name, start, end] = picture[event.room->sid];
        name = event.room->name;
        if (ends) status = SessionStatus::Ended;
        auto& time = ends ? end : start;
        time = time ? std::min(*time, event.createdAt) : event.createdAt;
    }
    return picture;
}

class Disorder : public Engines {
protected:
    Picture stored() {
        Picture picture;
        const auto all = must(listSessions(*connect(), {}, {{}, 1000}));
        for (const Session& s : all.items)
            picture[s.meetingId] = {s.status, s.roomName, s.startedAt, s.endedAt};
        return picture;
    }
    void clear(Connection& db) {
        must(db.run("DELETE FROM sessions", {}));
        must(db.run("DELETE FROM webhook_events", {}));
    }
    std::unique_ptr<Store> openStore() { return std::move(*Store::open(*parseAddress(url_), nullptr, {})); }
};

TEST_P(Disorder, WhateverArrivesDecidesAndItsOrderDoesNot) {
    const auto db = connectMigrated();
    for (unsigned seed = 1; seed <= test::rounds(25); ++seed) {
        Dice dice(seed);
        const auto events = asTheyArrive(meetingsAsTheyWere(dice), dice);
        clear(*db);
        {
            meetings::Meetings meetings([&](std::size_t, const Change& change) { must(change(*db)); }, {});
            for (const Event& event : events)
                meetings.webhookEvent(event);
        }
        ASSERT_EQ(stored(), expected(events)) << "seed " << seed;
        ASSERT_FALSE(stored().empty()) << "seed " << seed;
    }
}

TEST_P(Disorder, ReplicasThatHearDifferentThingsAgree) {
    const auto db = connectMigrated();
    for (unsigned seed = 1; seed <= 4; ++seed) {
        Dice dice(seed);
        const auto whole = meetingsAsTheyWere(dice);
        std::vector<Event> all;
        clear(*db);
        {
            const auto one = openStore(), two = openStore();
            const auto into = [](Store& store) {
                return
                    [&store](std::size_t weight, Change change) { store.write(weight, std::move(change)); };
            };
            meetings::Meetings first(into(*one), {}), second(into(*two), {});
            const auto left = asTheyArrive(whole, dice), right = asTheyArrive(whole, dice);
            for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
                if (i < left.size()) first.webhookEvent(left[i]);
                if (i < right.size()) second.webhookEvent(right[i]);
            }
            all.insert(all.end(), left.begin(), left.end());
            all.insert(all.end(), right.begin(), right.end());
            ASSERT_TRUE(one->flush(std::chrono::seconds(30)));
            ASSERT_TRUE(two->flush(std::chrono::seconds(30)));
        }
        ASSERT_EQ(stored(), expected(all)) << "seed " << seed;
    }
}

ON_BOTH_ENGINES(Disorder);

} // namespace
} // namespace lm::store
