#include "service/meetings/meetings.hpp"

#include "tests/service/meetings/told.hpp"
#include "tests/support/eventually.hpp"

namespace lm::store {
namespace {

using webhook::Event;
using webhook::Kind;
using webhook::told;

/// Writes are applied at once: what waits and for how long is the store's own business.
class MeetingsTest : public Engines, protected meetings::SessionListener {
protected:
    MeetingsTest() { meetings_.listen(*this); }

    void tell(const Event& event) { meetings_.webhookEvent(event); }
    std::optional<Session> session(int room = 1) {
        return must(findSession(*db_, "RM_" + std::to_string(room)));
    }
    void sessionActive(const Session& session) override { heard_.push_back("active " + session.meetingId); }
    void sessionEnded(const Session& session) override { heard_.push_back("ended " + session.meetingId); }
    void sessionChanged(const Session& session) override { changes_.push_back(session.meetingId); }
    /// What was heard once everything was: it comes later.
    std::vector<std::string> heard(std::size_t count) {
        EXPECT_TRUE(test::eventually([&] { return heard_.size() >= count; }));
        while (g_main_context_iteration(nullptr, FALSE)) {
        }
        return std::exchange(heard_, {});
    }

    const std::unique_ptr<Connection> db_ = connectMigrated();
    std::vector<std::string> heard_, changes_;
    domain::UtcTime now_ = at(1000);
    meetings::Meetings meetings_{
        [this](std::size_t weight, const Change& change) {
            EXPECT_GT(weight, 0u);
            must(change(*db_));
        },
        {nullptr, [this] { return now_; }, std::chrono::hours(24), std::chrono::milliseconds(20)}};
};

TEST_P(MeetingsTest, ARoomIsASession) {
    Event event = told(Kind::RoomStarted, 1, 10, "EV_1");
    event.room->createdAtMs = 1'767'225'600'123;
    tell(event);
    auto now = session();
    ASSERT_TRUE(now);
    EXPECT_EQ(now->status, SessionStatus::Active);
    EXPECT_EQ(now->roomName, "room 1");
    EXPECT_EQ(now->roomSid, "RM_1");
    EXPECT_EQ(now->startedAt, fromUnixMs(1'767'225'600'123));
    tell(told(Kind::RoomFinished, 1, 60, "EV_2"));
    now = session();
    EXPECT_EQ(now->status, SessionStatus::Ended);
    EXPECT_EQ(now->endedAt, at(60));
    EXPECT_EQ(heard(2), (std::vector<std::string>{"active RM_1", "ended RM_1"}));
    EXPECT_EQ(changes_.size(), 2u);
}

TEST_P(MeetingsTest, WhoJoinsOrPublishesStandsForALostStart) {
    tell(told(Kind::ParticipantJoined, 1, 5));
    tell(told(Kind::TrackPublished, 2, 7));
    EXPECT_EQ(session(1)->startedAt, at(5));
    EXPECT_EQ(session(2)->startedAt, at(7));
    tell(told(Kind::RoomStarted, 2, 6));
    EXPECT_EQ(session(2)->startedAt, at(6)) << "the earliest counts";
}

TEST_P(MeetingsTest, ARecorderIsNoMeeting) {
    Event recorder = told(Kind::ParticipantJoined, 1, 5);
    recorder.participant->kind = "EGRESS";
    tell(recorder);
    tell(told(Kind::EgressStarted, 1, 6));
    tell(told(Kind::ParticipantLeft, 1, 7));
    tell(told(Kind::TrackUnpublished, 1, 8));
    tell(told(Kind::ParticipantAborted, 1, 9));
    EXPECT_FALSE(session());
}

TEST_P(MeetingsTest, ASessionWhoseEndWasLostEndsWhenItsRoomIsMissingTwice) {
    tell(told(Kind::RoomStarted, 1, 10, "EV_1"));
    tell(told(Kind::RoomStarted, 2, 10, "EV_2"));
    const std::vector<livekit::Room> left{{"RM_2", "room 2"}};
    meetings_.reconcile(left, at(1000));
    EXPECT_EQ(session(1)->status, SessionStatus::Active) << "LiveKit may just have begun to tell";
    meetings_.reconcile(left, at(1030));
    EXPECT_EQ(session(1)->status, SessionStatus::Ended);
    EXPECT_EQ(session(1)->endedAt, at(1030));
    EXPECT_EQ(session(2)->status, SessionStatus::Active);
    EXPECT_EQ(heard(3).back(), "ended RM_1");
}

TEST_P(MeetingsTest, ANewSessionDoesNotEndBecauseAnOldListLacksIt) {
    meetings_.reconcile({}, at(1000));
    tell(told(Kind::RoomStarted, 1, 950, "EV_1")); // by LiveKit's clock, which is not ours
    meetings_.reconcile({}, at(1030));
    EXPECT_EQ(session()->status, SessionStatus::Active);
    meetings_.reconcile({{"RM_1", "room 1"}}, at(1060));
    meetings_.reconcile({}, at(1090));
    EXPECT_EQ(session()->status, SessionStatus::Active) << "it was there the last time";
}

TEST_P(MeetingsTest, ARoomWhoseStartWasLostGetsItsSession) {
    livekit::Room room{"RM_1", "room 1"};
    room.createdAtMs = 1'767'225'600'123;
    meetings_.reconcile({room}, at(50));
    EXPECT_EQ(session()->startedAt, fromUnixMs(1'767'225'600'123));
    EXPECT_EQ(session()->roomName, "room 1");
    meetings_.reconcile({room}, at(80));
    EXPECT_EQ(heard(1), (std::vector<std::string>{"active RM_1"})) << "told of once";
    tell(told(Kind::RoomFinished, 1, 90));
    meetings_.reconcile({room}, at(110));
    EXPECT_EQ(session()->status, SessionStatus::Ended) << "an end is final";
}

TEST_P(MeetingsTest, AnEndIsFinal) {
    tell(told(Kind::RoomFinished, 1, 60));
    EXPECT_EQ(session()->status, SessionStatus::Ended);
    EXPECT_EQ(session()->startedAt, std::nullopt);
    tell(told(Kind::RoomStarted, 1, 10));
    tell(told(Kind::ParticipantJoined, 1, 61));
    EXPECT_EQ(session()->status, SessionStatus::Ended);
    EXPECT_EQ(session()->startedAt, at(10));
    EXPECT_EQ(session()->endedAt, at(60));
}

TEST_P(MeetingsTest, WithoutARoomNothingIsSaid) {
    Event event = told(Kind::TrackPublished, 1, 5);
    event.room.reset();
    tell(event);
    event.room = livekit::Room();
    event.room->name = "room 1";
    tell(event);
    EXPECT_TRUE(must(listSessions(*db_, {}, {{}, 10})).items.empty());
}

TEST_P(MeetingsTest, AnEventIsAppliedOnce) {
    tell(told(Kind::RoomStarted, 1, 10, "EV_1"));
    tell(told(Kind::RoomStarted, 1, 5, "EV_1"));
    EXPECT_EQ(session()->startedAt, at(10));
    EXPECT_EQ(heard(2), (std::vector<std::string>{"active RM_1", "active RM_1"}))
        << "another replica may have applied it";
    EXPECT_EQ(changes_, std::vector<std::string>{"RM_1"});
}

TEST_P(MeetingsTest, NotEverybodyWhoJoinsIsHeardOf) {
    for (int i = 0; i < 5; ++i)
        tell(told(Kind::ParticipantJoined, 1, i));
    tell(told(Kind::RoomStarted, 2, 9));
    EXPECT_EQ(heard(2), (std::vector<std::string>{"active RM_1", "active RM_2"}));
}

TEST_P(MeetingsTest, EventsAreForgottenInTheEnd) {
    tell(told(Kind::RoomStarted, 1, 10, "EV_1"));
    const auto known = [&] { return !must(db_->run("SELECT id FROM webhook_events", {})).empty(); };
    EXPECT_TRUE(known());
    now_ += std::chrono::hours(25);
    EXPECT_TRUE(test::eventually([&] { return !known(); }));
}

ON_BOTH_ENGINES(MeetingsTest);

TEST(MeetingsWithoutAStore, WhatIsHeardAfterItsEndIsDropped) {
    struct : meetings::SessionListener {
        void sessionActive(const Session&) override { FAIL(); }
    } listener;
    test::TemporaryDirectory directory;
    Limits limits;
    Interrupt interrupt;
    const auto address = *parseAddress("sqlite:" + (directory.path() / "database.db").string());
    const auto db = must(connect(address, limits, interrupt));
    must(migrate(*db, shippedMigrations(), fromUnixMs(0)));
    std::vector<Change> later;
    {
        meetings::Meetings meetings([&](std::size_t, Change change) { later.push_back(std::move(change)); },
                                    {});
        meetings.listen(listener);
        meetings.webhookEvent(told(Kind::RoomStarted, 1, 1));
    }
    for (const Change& change : later)
        must(change(*db));
    while (g_main_context_iteration(nullptr, FALSE)) {
    }
    EXPECT_TRUE(must(findSession(*db, "RM_1")));
}

} // namespace
} // namespace lm::store
