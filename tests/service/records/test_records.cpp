#include "service/records/records.hpp"
#include "service/store/moves.hpp"
#include "tests/service/store/engines.hpp"

#include <vector>

namespace lm::store {
namespace {

using namespace lm::pipeline;
using records::Records;

constexpr char id[] = "b0afe856-228d-4c1f-9b57-4f0a6a7f1d1e";

/// Writes are applied at once: what waits and for how long is the store's own business.
class RecordsTest : public Engines {
protected:
    RecordsTest() {
        track_.id = id;
        track_.request.room = "room";
        track_.request.meetingId = "RM_1";
        track_.request.participant = "alice";
        track_.request.trackId = "TR_1";
        track_.request.sampleRate = 48000;
        track_.request.channels = 1;
        track_.startedAt = at(0);
    }
    Records make(bool delivers = true) {
        return Records(
            [this](std::size_t weight, const Change& change) {
                weights_.push_back(weight);
                must(change(*db_));
            },
            {"./storage/audio", delivers, [] { return at(100); }});
    }
    Track onlyTrack() {
        const auto tracks = must(tracksOfMeeting(*db_, "RM_1"));
        EXPECT_EQ(tracks.size(), 1u);
        return tracks.at(0);
    }
    std::vector<Block> blocks() { return must(blocksOfTrack(*db_, id, 0, 100)); }
    static BlockId block(std::uint64_t sequence) {
        return {sequence, sequence * 96000, 96000, std::string(id) + "-" + std::to_string(sequence)};
    }
    static BlockEvent cut(std::uint64_t sequence) {
        BlockEvent event;
        event.sequence = sequence;
        event.sample = sequence * 96000;
        event.samples = 96000;
        event.utcNs = unixMs(at(int(sequence) * 2)) * 1'000'000;
        return event;
    }
    static RecordingPart part(unsigned number, const std::string& location, std::uint64_t sample) {
        return {number, location, sample, unixMs(at(1)) * 1'000'000, 48000, 2};
    }

    const std::unique_ptr<Connection> db_ = connectMigrated();
    TrackInfo track_;
    std::vector<std::size_t> weights_;
};

TEST_P(RecordsTest, ATrackHasARowFromItsStartToItsEnd) {
    Records records = make();
    records.trackStarted(track_);
    EXPECT_EQ(onlyTrack().channels, 1) << "as declared";
    EXPECT_EQ(onlyTrack().startedAt, at(0));
    EXPECT_FALSE(onlyTrack().firstSampleAt);
    records.trackEvent(track_, StartedEvent{unixMs(at(1)) * 1'000'000});
    EXPECT_EQ(onlyTrack().firstSampleAt, at(1));
    FormatAlarmEvent alarm;
    alarm.measuredRate = 48000;
    alarm.measuredChannels = 2;
    records.trackEvent(track_, alarm);
    EXPECT_EQ(onlyTrack().channels, 1) << "nothing was corrected";
    alarm.corrected = true;
    records.trackEvent(track_, alarm);
    EXPECT_EQ(onlyTrack().channels, 2);
    EXPECT_FALSE(onlyTrack().endedAt);
    track_.figures.rate = 48000;
    track_.figures.channels = 2;
    records.trackEnded(track_, {OutcomeKind::DestinationFault, "a block was not delivered"});
    const Track ended = onlyTrack();
    EXPECT_EQ(ended.id, id);
    EXPECT_EQ(ended.roomName, "room");
    EXPECT_EQ(ended.participant, "alice");
    EXPECT_EQ(ended.trackId, "TR_1");
    EXPECT_EQ(ended.endedAt, at(100));
    EXPECT_EQ(ended.outcome, "destination-fault");
    EXPECT_EQ(ended.message, "a block was not delivered");
    EXPECT_EQ(ended.firstSampleAt, at(1));
}

TEST_P(RecordsTest, ATrackWithoutAMeetingStaysWithTheOneItIsGiven) {
    Records records = make();
    track_.request.meetingId.clear();
    records.trackStarted(track_);
    EXPECT_FALSE(must(findTrack(*db_, id))->meetingId);
    EXPECT_TRUE(must(associateTrack(*db_, id, "RM_1", at(5))));
    records.trackEnded(track_, {});
    EXPECT_EQ(onlyTrack().outcome, "ok");
}

TEST_P(RecordsTest, EveryFileOfARecordingHasARowRelativeToTheOutputDirectory) {
    Records records = make();
    records.trackStarted(track_);
    records.trackEvent(track_, PartOpenedEvent{part(1, "./storage/audio/RM_1/a.wav", 0)});
    const std::string first = std::string(id) + ".1";
    EXPECT_FALSE(must(findRecording(*db_, first))->samples) << "it is being written";
    records.trackEvent(track_, PartClosedEvent{part(1, "./storage/audio/RM_1/a.wav", 0), 500});
    records.trackEvent(track_, PartOpenedEvent{part(2, "/elsewhere/b.wav", 500)});
    const auto files = must(recordingsOfMeeting(*db_, "RM_1"));
    ASSERT_EQ(files.size(), 2u);
    EXPECT_EQ(files[0].path, "RM_1/a.wav");
    EXPECT_EQ(files[0].samples, 500);
    EXPECT_EQ(files[0].channels, 2);
    EXPECT_EQ(files[0].startedAt, at(1));
    EXPECT_EQ(files[1].path, "/elsewhere/b.wav") << "no path of ours";
    EXPECT_EQ(files[1].firstSample, 500);
}

TEST_P(RecordsTest, BlocksEndAsWhatBecameOfThem) {
    Records records = make();
    records.trackStarted(track_);
    for (std::uint64_t i = 0; i < 6; ++i)
        records.trackEvent(track_, cut(i));
    records.trackEvent(track_, DeliveredEvent{block(0), 2, 200, 0, R"({"joy":1})"});
    records.trackEvent(track_, FailedEvent{block(1), 3, 500, "HTTP 500"});
    records.trackEvent(track_, DroppedEvent{block(2), "queue full"});
    records.trackEvent(track_, SkippedEvent{block(3), "silence"});
    records.trackEvent(track_, SpooledEvent{block(4), 3, 503, "HTTP 503"});
    const auto all = blocks();
    ASSERT_EQ(all.size(), 6u);
    const BlockState states[] = {BlockState::Delivered, BlockState::Failed,  BlockState::Dropped,
                                 BlockState::Skipped,   BlockState::Spooled, BlockState::Cut};
    for (std::size_t i = 0; i < 6; ++i) {
        EXPECT_EQ(all[i].state, states[i]) << i;
        EXPECT_EQ(all[i].firstSample, std::int64_t(i) * 96000);
        EXPECT_EQ(all[i].startedAt, at(int(i) * 2)) << "known since it was cut";
    }
    EXPECT_EQ(all[0].answer, R"({"joy":1})");
    EXPECT_EQ(all[0].deliveredAt, at(100));
    EXPECT_EQ(all[0].attempts, 2);
    EXPECT_EQ(all[1].reason, "HTTP 500");
    EXPECT_EQ(all[1].httpStatus, 500);
    EXPECT_EQ(all[3].reason, "silence");
}

TEST_P(RecordsTest, WithoutAnAnalysisServiceBlocksHaveNoRows) {
    Records records = make(false);
    records.trackStarted(track_);
    records.trackEvent(track_, cut(0));
    EXPECT_TRUE(blocks().empty());
}

TEST_P(RecordsTest, LateOutcomesOfSpooledBlocksReachTheirRowsByTheirKeys) {
    {
        Records before = make();
        before.trackStarted(track_);
        before.trackEvent(track_, SpooledEvent{block(0), 3, 503, "HTTP 503"});
        before.trackEvent(track_, SpooledEvent{block(1), 3, 503, "HTTP 503"});
        before.trackEnded(track_, {});
    }
    Records after = make();
    DeliveredFromSpoolEvent delivered;
    delivered.block = block(0);
    delivered.status = 200;
    delivered.attempts = 1;
    delivered.response = "{}";
    after.spoolEvent(delivered);
    DeadLetterEvent dead;
    dead.block = block(1);
    dead.status = 400;
    dead.reason = "HTTP 400";
    TrackInfo other;
    other.id = "another track whose sink tells of it";
    after.trackEvent(other, dead);
    const auto all = blocks();
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].state, BlockState::Delivered);
    EXPECT_EQ(all[0].answer, "{}");
    EXPECT_EQ(all[1].state, BlockState::Failed);
    EXPECT_EQ(all[1].reason, "HTTP 400");
}

TEST_P(RecordsTest, LateOutcomesOfTracksThatNobodyKnowsLeaveNoRows) {
    Records records = make();
    DeliveredFromSpoolEvent delivered;
    for (const char* key : {"b0afe856-228d-4c1f-9b57-4f0a6a7f1d1e-0", "nothing", ""}) {
        delivered.block.key = key;
        records.spoolEvent(delivered);
    }
    records.spoolEvent(SpoolNoticeEvent{"the disk is full"});
    EXPECT_EQ(must(db_->run("SELECT count(*) FROM blocks")).at(0).at(0), "0");
}

TEST_P(RecordsTest, AnAnswerWeighsWhatItTakes) {
    Records records = make();
    records.trackEvent(track_, DeliveredEvent{block(0), 1, 200, 0, std::string(10'000, ' ')});
    ASSERT_EQ(weights_.size(), 1u);
    EXPECT_GE(weights_[0], 10'000u);
}

ON_BOTH_ENGINES(RecordsTest);

} // namespace
} // namespace lm::store
