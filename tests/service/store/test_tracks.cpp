#include "service/store/tracks.hpp"
#include "tests/service/store/engines.hpp"

namespace lm::store {
namespace {

class Tracks : public Engines {
protected:
    const std::unique_ptr<Connection> db_ = connectMigrated();

    static Track track(const std::string& id, const std::optional<std::string>& meeting, int second) {
        Track t;
        t.id = id;
        t.meetingId = meeting;
        t.roomName = "room";
        t.participant = "alice";
        t.trackId = "TR_1";
        t.startedAt = at(second);
        return t;
    }
    Block onlyBlock() {
        const auto blocks = must(blocksOfTrack(*db_, "t1", 0, 10));
        EXPECT_EQ(blocks.size(), 1u);
        return blocks.at(0);
    }
};

TEST_P(Tracks, KeepWhatIsKnownAndAddWhatComes) {
    Track t = track("t1", "RM_a", 1);
    must(saveTrack(*db_, t));
    t.sampleRate = 48000;
    t.channels = 2;
    t.firstSampleAt = at(2);
    t.endedAt = at(9);
    t.outcome = "ok";
    must(saveTrack(*db_, t));
    must(saveTrack(*db_, track("t1", {}, 1))); // again, and it knows less
    const auto tracks = must(tracksOfMeeting(*db_, "RM_a"));
    ASSERT_EQ(tracks.size(), 1u);
    EXPECT_EQ(tracks[0].roomName, "room");
    EXPECT_EQ(tracks[0].participant, "alice");
    EXPECT_EQ(tracks[0].trackId, "TR_1");
    EXPECT_EQ(tracks[0].sampleRate, 48000);
    EXPECT_EQ(tracks[0].channels, 2);
    EXPECT_EQ(tracks[0].startedAt, at(1));
    EXPECT_EQ(tracks[0].firstSampleAt, at(2));
    EXPECT_EQ(tracks[0].endedAt, at(9));
    EXPECT_EQ(tracks[0].outcome, "ok");
    EXPECT_FALSE(tracks[0].message);
}

TEST_P(Tracks, HaveRecordingsThatGrowAndAreFound) {
    must(saveTrack(*db_, track("t1", "RM_a", 1)));
    Recording second{"t1", 2, "/r/b.wav", 48000, 2, 500, {}, {}};
    must(saveRecording(*db_, second));
    Recording first{"t1", 1, "/r/a.wav", 48000, 1, 0, {}, at(1)};
    must(saveRecording(*db_, first));
    first.samples = 500;
    first.channels = 2; // what was declared turned out to be wrong
    first.startedAt = {};
    must(saveRecording(*db_, first));
    const auto recordings = must(recordingsOfMeeting(*db_, "RM_a"));
    ASSERT_EQ(recordings.size(), 2u);
    EXPECT_EQ(recordings[0].path, "/r/a.wav");
    EXPECT_EQ(recordings[0].samples, 500);
    EXPECT_EQ(recordings[0].channels, 2);
    EXPECT_EQ(recordings[0].startedAt, at(1));
    EXPECT_FALSE(recordings[1].samples);
    EXPECT_EQ(must(findRecording(*db_, second.id()))->firstSample, 500);
    EXPECT_FALSE(must(findRecording(*db_, "t1.3")));
}

TEST_P(Tracks, HaveBlocksWithTheAnswersOfTheAnalysis) {
    const std::string answer = R"({"emotion":{"joy":0.5},"text":"größer ' \\ "})";
    Block block{"t1", 0, 0, 96000, at(1)};
    must(saveBlock(*db_, block));
    EXPECT_EQ(onlyBlock().state, BlockState::Cut);
    block.state = BlockState::Spooled;
    block.attempts = 3;
    block.httpStatus = 503;
    block.reason = "HTTP 503";
    must(saveBlock(*db_, block));
    EXPECT_EQ(onlyBlock().reason, "HTTP 503");
    block.state = BlockState::Delivered;
    block.attempts = 4;
    block.httpStatus = 200;
    block.reason = {};
    block.deliveredAt = at(60);
    block.answer = answer;
    must(saveBlock(*db_, block));
    const Block kept = onlyBlock();
    EXPECT_EQ(kept.state, BlockState::Delivered);
    EXPECT_EQ(kept.samples, 96000);
    EXPECT_EQ(kept.startedAt, at(1));
    EXPECT_EQ(kept.attempts, 4);
    EXPECT_EQ(kept.httpStatus, 200);
    EXPECT_FALSE(kept.reason);
    EXPECT_EQ(kept.deliveredAt, at(60));
    EXPECT_EQ(kept.answer, answer);
}

TEST_P(Tracks, HaveBlocksThatStayDeliveredWhateverIsSaidAgain) {
    Block delivered{"t1", 0, 0, 96000, {}};
    delivered.state = BlockState::Delivered;
    delivered.answer = "{}";
    delivered.deliveredAt = at(3);
    must(saveBlock(*db_, delivered));
    for (const BlockState state : {BlockState::Cut, BlockState::Spooled, BlockState::Failed,
                                   BlockState::Dropped, BlockState::Skipped}) {
        Block later{"t1", 0, 0, 96000, {}};
        later.state = state;
        must(saveBlock(*db_, later));
        EXPECT_EQ(onlyBlock().state, BlockState::Delivered) << stateName(state);
    }
    EXPECT_EQ(onlyBlock().answer, "{}");
    EXPECT_EQ(onlyBlock().deliveredAt, at(3));
}

TEST_P(Tracks, HaveBlocksThatWereSkippedOnPurpose) {
    Block block{"t1", 0, 0, 96000, {}};
    must(saveBlock(*db_, block));
    block.state = BlockState::Skipped;
    block.reason = "silence";
    must(saveBlock(*db_, block));
    EXPECT_EQ(onlyBlock().state, BlockState::Skipped);
}

TEST_P(Tracks, AreKnownOrNot) {
    must(saveTrack(*db_, track("t1", {}, 1)));
    EXPECT_TRUE(must(hasTrack(*db_, "t1")));
    EXPECT_FALSE(must(hasTrack(*db_, "t2")));
    EXPECT_EQ(must(findTrack(*db_, "t1"))->startedAt, at(1));
    EXPECT_FALSE(must(findTrack(*db_, "t2")));
}

TEST_P(Tracks, HaveBlocksThatAreReadInPieces) {
    for (int i = 0; i < 7; ++i)
        must(saveBlock(*db_, {"t1", i, i * 10, 10, {}}));
    must(saveBlock(*db_, {"t2", 0, 0, 10, {}}));
    const auto piece = must(blocksOfTrack(*db_, "t1", 4, 2));
    ASSERT_EQ(piece.size(), 2u);
    EXPECT_EQ(piece[0].sequence, 4);
    EXPECT_EQ(piece[1].firstSample, 50);
    EXPECT_EQ(must(blocksOfTrack(*db_, "t1", 6, 2)).size(), 1u);
}

ON_BOTH_ENGINES(Tracks);

} // namespace
} // namespace lm::store
