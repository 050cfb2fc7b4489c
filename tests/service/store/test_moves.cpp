#include "service/store/moves.hpp"

#include "service/store/sessions.hpp"
#include "service/store/tracks.hpp"
#include "tests/service/store/engines.hpp"

namespace lm::store {
namespace {

constexpr std::chrono::minutes reach{10};

class Moves : public Engines {
protected:
    const std::unique_ptr<Connection> db_ = connectMigrated();

    void track(const std::string& id, int start, std::optional<int> end, const std::string& room = "daily",
               const std::optional<std::string>& meeting = {}) {
        Track t;
        t.id = id;
        t.meetingId = meeting;
        t.roomName = room;
        t.startedAt = at(start);
        if (end) t.endedAt = at(*end);
        must(saveTrack(*db_, t));
    }
    void session(const std::string& meeting, int start, std::optional<int> end = {},
                 const std::string& room = "daily") {
        must(startSession(*db_, {meeting, room, meeting}, at(start)));
        if (end) must(endSession(*db_, {meeting, room, meeting}, at(*end)));
    }
    /// `track meeting` of each.
    std::vector<std::string> pairings(int since = 0, std::int64_t limit = 100) {
        std::vector<std::string> all;
        for (const Pairing& p : must(listPairings(*db_, at(since), reach, limit)))
            all.push_back(p.track + ' ' + p.meetingId);
        return all;
    }
    using Texts = std::vector<std::string>;
};

TEST_P(Moves, PairATrackWithSessionsThatItMayHaveBeenIn) {
    track("t", 1000, 2000);
    session("before", 0, 999);
    session("around", 500);
    session("within", 1500, 1600);
    session("soon after", 2600);
    session("long after", 2601);
    session("elsewhere", 900, {}, "weekly");
    must(endSession(*db_, {"unknown start", "daily", ""}, at(1500)));
    EXPECT_EQ(pairings(), (Texts{"t around", "t within", "t soon after"}));
}

TEST_P(Moves, PairATrackThatHasNotEndedWithWhateverComes) {
    track("t", 1000, {});
    session("before", 0, 999);
    session("late", 90'000);
    EXPECT_EQ(pairings(), (Texts{"t late"}));
    const auto all = must(listPairings(*db_, at(0), reach, 10));
    EXPECT_EQ(all.at(0).trackStart, at(1000));
    EXPECT_FALSE(all.at(0).trackEnd);
    EXPECT_EQ(all.at(0).sessionStart, at(90'000));
}

TEST_P(Moves, PairTheNewestTracksWithoutAMeeting) {
    session("RM_1", 0);
    track("old", 1, 100);
    track("a", 10, 100);
    track("b", 11, 100);
    track("c", 12, 100);
    track("known", 13, 100, "daily", "RM_0");
    EXPECT_EQ(pairings(10), (Texts{"c RM_1", "b RM_1", "a RM_1"}));
    EXPECT_EQ(pairings(10, 2), (Texts{"c RM_1", "b RM_1"}));
}

TEST_P(Moves, ATrackIsAssociatedOnceWhicheverReplicaDoesIt) {
    track("t", 1, 2);
    const auto other = connect();
    EXPECT_TRUE(must(associateTrack(*db_, "t", "RM_1", at(5))));
    EXPECT_FALSE(must(associateTrack(*other, "t", "RM_2", at(6))));
    EXPECT_FALSE(must(associateTrack(*db_, "nobody", "RM_2", at(6))));
    EXPECT_EQ(must(findTrack(*other, "t"))->meetingId, "RM_1");
    const auto moves = must(listMoves(*other, at(0), {}));
    ASSERT_EQ(moves.items.size(), 1u);
    EXPECT_EQ(moves.items[0].id, "t");
    EXPECT_EQ(moves.items[0].createdAt, at(5));
}

TEST_P(Moves, AreListedUntilTheyAreDone) {
    for (const char* id : {"a", "b", "c"})
        track(id, 1, 2);
    must(associateTrack(*db_, "a", "RM_1", at(10)));
    must(associateTrack(*db_, "b", "RM_1", at(20)));
    must(associateTrack(*db_, "c", "RM_1", at(20)));
    const auto first = must(listMoves(*db_, at(0), {{}, 2}));
    ASSERT_EQ(first.items.size(), 2u);
    EXPECT_EQ(first.items[0].id + first.items[1].id, "cb");
    ASSERT_TRUE(first.next);
    EXPECT_EQ(must(listMoves(*db_, at(0), {first.next, 2})).items.at(0).id, "a");
    EXPECT_TRUE(must(listMoves(*db_, at(11), {first.next, 2})).items.empty()) << "too long ago";
    EXPECT_TRUE(must(finishMove(*db_, "b")));
    EXPECT_FALSE(must(finishMove(*db_, "b")));
    EXPECT_EQ(must(listMoves(*db_, at(0), {})).items.size(), 2u);
}

TEST_P(Moves, LeaveTheNewPathsBehind) {
    track("t", 1, 2);
    must(saveRecording(*db_, {"t", 1, "daily/a.wav", 48000, 2, 0, 480, {}}));
    must(saveRecording(*db_, {"t", 2, "daily/a-part2.wav", 48000, 2, 480, 480, {}}));
    must(saveRecording(*db_, {"u", 1, "daily/a.wav", 48000, 2, 0, 480, {}}));
    const std::vector<MovedFile> moved{{"daily/a.wav", "RM_1/a.wav"}, {"daily/x.wav", "RM_1/x.wav"}};
    must(noteMoved(*db_, "t", moved));
    must(noteMoved(*db_, "t", moved));
    const auto recordings = must(recordingsOfTrack(*db_, "t"));
    ASSERT_EQ(recordings.size(), 2u);
    EXPECT_EQ(recordings[0].path, "RM_1/a.wav");
    EXPECT_EQ(recordings[1].path, "daily/a-part2.wav");
    EXPECT_EQ(must(findRecording(*db_, "u.1"))->path, "daily/a.wav") << "another track's";
}

ON_BOTH_ENGINES(Moves);

} // namespace
} // namespace lm::store
