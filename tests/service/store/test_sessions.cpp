#include "service/store/sessions.hpp"
#include "tests/service/store/engines.hpp"

#include <algorithm>
#include <set>

namespace lm::store {
namespace {

class Sessions : public Engines {
protected:
    const std::unique_ptr<Connection> db_ = connectMigrated();
    const Meeting meeting_{"RM_a", "room", "RM_a"};

    std::vector<std::string> meetings(const SessionFilter& filter) {
        std::vector<std::string> ids;
        for (const Session& session : must(listSessions(*db_, filter, {})).items)
            ids.push_back(session.meetingId);
        return ids;
    }
};

TEST_P(Sessions, AreActiveFromTheirStartAndEndedAfterTheirEnd) {
    const Session started = must(startSession(*db_, meeting_, at(1)));
    EXPECT_EQ(started.meetingId, "RM_a");
    EXPECT_EQ(started.roomName, "room");
    EXPECT_EQ(started.roomSid, "RM_a");
    EXPECT_EQ(started.status, SessionStatus::Active);
    EXPECT_EQ(started.startedAt, at(1));
    EXPECT_FALSE(started.endedAt);
    EXPECT_EQ(started.id.size(), 36u);
    const Session ended = must(endSession(*db_, meeting_, at(9)));
    EXPECT_EQ(ended.id, started.id);
    EXPECT_EQ(ended.status, SessionStatus::Ended);
    EXPECT_EQ(ended.startedAt, at(1));
    EXPECT_EQ(ended.endedAt, at(9));
}

TEST_P(Sessions, AreTheSameWhoeverRepeatsWhat) {
    for (int i = 0; i < 2; ++i) {
        must(startSession(*db_, meeting_, at(1 + i)));
        must(endSession(*db_, meeting_, at(9 + i)));
    }
    const Session session = *must(findSession(*db_, "RM_a"));
    EXPECT_EQ(session.startedAt, at(1));
    EXPECT_EQ(session.endedAt, at(9));
    EXPECT_EQ(meetings({}), std::vector<std::string>{"RM_a"});
}

TEST_P(Sessions, ThatEndBeforeTheyStartAreEnded) {
    const Session ended = must(endSession(*db_, {"RM_a", "", ""}, at(9)));
    EXPECT_FALSE(ended.startedAt);
    EXPECT_EQ(ended.roomName, "");
    const Session session = must(startSession(*db_, meeting_, at(1)));
    EXPECT_EQ(session.id, ended.id);
    EXPECT_EQ(session.status, SessionStatus::Ended);
    EXPECT_EQ(session.startedAt, at(1));
    EXPECT_EQ(session.endedAt, at(9));
    EXPECT_EQ(session.roomName, "room") << "what is known later is added";
    EXPECT_FALSE(must(newestActiveSession(*db_, "room")));
}

TEST_P(Sessions, TakeTheEarliestOfSeveralTimes) {
    must(startSession(*db_, meeting_, at(5)));
    EXPECT_EQ(must(startSession(*db_, meeting_, at(3))).startedAt, at(3));
    must(endSession(*db_, meeting_, at(9)));
    EXPECT_EQ(must(endSession(*db_, meeting_, at(8))).endedAt, at(8));
}

TEST_P(Sessions, AreFoundByTheirRoomTheNewestThatIsActive) {
    must(startSession(*db_, {"RM_old", "room", "RM_old"}, at(1)));
    must(startSession(*db_, {"RM_new", "room", "RM_new"}, at(3)));
    must(startSession(*db_, {"RM_late", "room", "RM_late"}, at(2)));
    must(startSession(*db_, {"RM_other", "other", "RM_other"}, at(9)));
    EXPECT_EQ(must(newestActiveSession(*db_, "room"))->meetingId, "RM_new");
    must(endSession(*db_, {"RM_new", "room", "RM_new"}, at(4)));
    EXPECT_EQ(must(newestActiveSession(*db_, "room"))->meetingId, "RM_late");
    EXPECT_FALSE(must(newestActiveSession(*db_, "ROOM"))) << "names are compared as they are";
}

TEST_P(Sessions, ThatNobodyKnowsAreNone) {
    EXPECT_FALSE(must(findSession(*db_, "RM_none")));
    EXPECT_FALSE(must(newestActiveSession(*db_, "none")));
    EXPECT_TRUE(must(listSessions(*db_, {}, {})).items.empty());
}

TEST_P(Sessions, AreListedNewestFirstAndFiltered) {
    for (int i = 1; i <= 4; ++i) {
        const Meeting meeting{"RM_" + std::to_string(i), i % 2 ? "odd" : "even", ""};
        must(startSession(*db_, meeting, at(i)));
        if (i > 2) must(endSession(*db_, meeting, at(i + 10)));
    }
    using Ids = std::vector<std::string>;
    EXPECT_EQ(meetings({}), (Ids{"RM_4", "RM_3", "RM_2", "RM_1"}));
    EXPECT_EQ(meetings({SessionStatus::Active, {}}), (Ids{"RM_2", "RM_1"}));
    EXPECT_EQ(meetings({{}, "odd"}), (Ids{"RM_3", "RM_1"}));
    EXPECT_EQ(meetings({SessionStatus::Ended, "even"}), (Ids{"RM_4"}));
    EXPECT_EQ(meetings({{}, "' OR 1=1 --"}), Ids{});
}

TEST_P(Sessions, AreEachOnOnePageHoweverManyShareATime) {
    std::set<std::string> all;
    for (int i = 0; i < 23; ++i) {
        all.insert("RM_" + std::to_string(i));
        must(startSession(*db_, {"RM_" + std::to_string(i), "room", ""}, at(i / 10)));
    }
    std::multiset<std::string> seen;
    PageRequest request{{}, 5};
    int pages = 0;
    do {
        const auto page = must(listSessions(*db_, {}, request));
        for (const Session& session : page.items)
            seen.insert(session.meetingId);
        // One that begins while the pages are turned moves nothing.
        if (++pages == 2) must(startSession(*db_, {"RM_new", "room", ""}, at(99)));
        request.after = page.next ? Cursor::parse(page.next->text()) : std::nullopt;
    } while (request.after);
    EXPECT_EQ(pages, 5);
    EXPECT_TRUE(std::equal(all.begin(), all.end(), seen.begin(), seen.end()));
}

TEST_P(Sessions, KeepTextThatLooksLikeSqlAndEveryCharacter) {
    const std::string name = "Räume'; DROP TABLE sessions; -- \"\\ \n\xF0\x9F\x8E\x99";
    must(startSession(*db_, {"RM_x", name, "$1"}, at(1)));
    EXPECT_EQ(must(findSession(*db_, "RM_x"))->roomName, name);
    EXPECT_EQ(must(newestActiveSession(*db_, name))->roomSid, "$1");
}

TEST_P(Sessions, KeepTextThatNoDatabaseTakesWithReplacementCharacters) {
    must(startSession(*db_, {"RM_x", std::string("a\0b\xFF", 4), ""}, at(1)));
    EXPECT_EQ(must(findSession(*db_, "RM_x"))->roomName, "a\xEF\xBF\xBD"
                                                         "b\xEF\xBF\xBD");
}

TEST_P(Sessions, AreTheSameForEveryReplica) {
    const auto other = connect();
    const Session started = must(startSession(*db_, meeting_, at(1)));
    EXPECT_EQ(must(endSession(*other, meeting_, at(2))).id, started.id);
    EXPECT_EQ(must(findSession(*db_, "RM_a"))->status, SessionStatus::Ended);
}

ON_BOTH_ENGINES(Sessions);

TEST(Cursor, IsReadAsItWasWrittenAndNothingElseIs) {
    const Cursor cursor{1767225600123, "0b7c.1-x"};
    EXPECT_EQ(Cursor::parse(cursor.text()), cursor);
    for (const char* text : {"", ".", "1.", ".x", "x.y", "1e3.y", " 1.y", "99999999999999999999.y"})
        EXPECT_FALSE(Cursor::parse(text)) << text;
}

} // namespace
} // namespace lm::store
