#include "service/association/associator.hpp"

#include "service/store/store.hpp"
#include "tests/service/association/folders.hpp"
#include "tests/service/store/engines.hpp"
#include "tests/support/eventually.hpp"

namespace lm::store {
namespace {

namespace fs = std::filesystem;
using association::Associator;
using association::Folders;
using Names = std::set<std::string>;
using std::chrono::milliseconds;

/// A process: its store, its associator, its directories.
struct Replica {
    Replica(const std::string& url, const Folders& folders, Associator::Options options)
        : store(std::move(*Store::open(*parseAddress(url), nullptr, {}))) {
        options.places = folders.places();
        options.moved = [this](const Track& track) { moved.push_back(*track.meetingId); };
        associator = std::make_unique<Associator>(
            [this](std::size_t weight, Change change) { store->write(weight, std::move(change)); }, options);
    }
    std::unique_ptr<Store> store;
    std::vector<std::string> moved;
    std::unique_ptr<Associator> associator;
};

class AssociatorTest : public Engines, protected Folders {
protected:
    using Folders::at;
    AssociatorTest() {
        options_.clock = [this] { return now_; };
        options_.every = std::chrono::hours(1);
        options_.soon = milliseconds(5);
    }
    const Folders& folders() const { return *this; }
    void start() { replica_ = std::make_unique<Replica>(url_, folders(), options_); }
    void session(const std::string& meeting, int start) {
        must(startSession(*db_, {meeting, "daily", meeting}, at(start)));
    }
    void sessionIsTold(const std::string& meeting, int start) {
        session(meeting, start);
        replica_->associator->sessionActive({});
    }
    /// What Records would write; into this replica's queue, as it would.
    void write(Track row) {
        row.meetingId.reset();
        replica_->store->write(100, [row](Connection& db) { return saveTrack(db, row); });
    }
    void write(const Recording& row) {
        replica_->store->write(100, [row](Connection& db) { return saveRecording(db, row); });
    }
    pipeline::TrackInfo info() const {
        pipeline::TrackInfo info;
        info.id = what_.track.id;
        info.request.room = what_.track.roomName;
        info.startedAt = what_.track.startedAt;
        return info;
    }
    void trackStarts() {
        Track row = what_.track;
        row.endedAt.reset();
        write(row);
        replica_->associator->trackStarted(info());
    }
    void trackEnds() {
        for (const Recording& row : what_.recordings)
            write(row);
        write(what_.track);
        replica_->associator->trackEnded(info(), {});
    }
    /// A track of an earlier run.
    void leave() {
        Track row = what_.track;
        row.meetingId.reset();
        must(saveTrack(*db_, row));
        for (const Recording& recording : what_.recordings)
            must(saveRecording(*db_, recording));
    }
    std::optional<std::string> meeting() {
        const auto row = must(findTrack(*db_, what_.track.id)); // it is written on another thread
        return row ? row->meetingId : std::nullopt;
    }
    bool becomesOf(const std::string& meetingId) {
        return test::eventually([&] { return meeting() == meetingId; });
    }
    bool noMoveIsLeft() {
        return test::eventually([&] { return must(listMoves(*db_, at(-1'000'000), {})).items.empty(); });
    }
    bool hasMoved() {
        return test::eventually([&] { return replica_->moved == std::vector<std::string>{"RM_1"}; });
    }
    /// Everything that was set off has come to its end.
    void settle(Replica& replica) {
        for (int i = 0; i < 3; ++i) {
            bool looked = false;
            replica.store->ask<bool>(
                std::chrono::seconds(20), [](Connection&) -> Outcome<bool> { return true; },
                [&](const Outcome<bool>&) { looked = true; });
            ASSERT_TRUE(replica.store->flush(std::chrono::seconds(20)));
            ASSERT_TRUE(test::eventually([&] { return looked; }));
            while (g_main_context_iteration(nullptr, FALSE)) {
            }
        }
    }
    void expectMoved() {
        EXPECT_EQ(below(recordings()), (Names{"RM_1/" + stem() + ".wav", "RM_1/" + stem() + "-part2.wav"}));
        EXPECT_EQ(below(ledgers()), (Names{"RM_1/" + ledger()}));
        for (const Recording& row : must(recordingsOfMeeting(*db_, "RM_1")))
            EXPECT_TRUE(fs::exists(recordings() / row.path)) << row.path;
        EXPECT_EQ(must(recordingsOfMeeting(*db_, "RM_1")).size(), 2u);
    }

    const std::unique_ptr<Connection> db_ = connectMigrated();
    domain::UtcTime now_ = at(50);
    Associator::Options options_;
    std::unique_ptr<Replica> replica_;
};

TEST_P(AssociatorTest, ATrackWhoseMeetingStartsAfterItsSocketGetsItAndMovesWhenItHasEnded) {
    start();
    recordAll();
    trackStarts();
    sessionIsTold("RM_1", 20);
    ASSERT_TRUE(becomesOf("RM_1")) << "while it runs";
    settle(*replica_);
    EXPECT_EQ(below(recordings()).count("daily/" + stem() + ".wav"), 1u) << "an open recording stays";
    trackEnds();
    ASSERT_TRUE(hasMoved());
    EXPECT_TRUE(noMoveIsLeft());
    expectMoved();
}

TEST_P(AssociatorTest, AMeetingThatIsToldOfAfterTheTrackGetsIt) {
    start();
    recordAll();
    trackStarts();
    trackEnds();
    settle(*replica_);
    EXPECT_FALSE(meeting());
    now_ = at(400);
    sessionIsTold("RM_1", -5);
    ASSERT_TRUE(hasMoved());
    expectMoved();
}

TEST_P(AssociatorTest, AMeetingLongAfterItsEndDoesNotGetTheTrack) {
    start();
    recordAll();
    trackStarts();
    trackEnds();
    now_ = at(7 * 24 * 3600);
    sessionIsTold("RM_next_week", 7 * 24 * 3600);
    settle(*replica_);
    EXPECT_FALSE(meeting());
    EXPECT_EQ(below(recordings()).count("daily/" + stem() + ".wav"), 1u);
}

TEST_P(AssociatorTest, ATrackThatACrashCutIsOfNoMeetingThatBeganLongAfterItsStart) {
    recordAll();
    what_.track.endedAt.reset();
    leave();
    age(at(100));
    now_ = at(10'000);
    session("RM_later", 9'000);
    start();
    settle(*replica_);
    EXPECT_FALSE(meeting());
}

TEST_P(AssociatorTest, WhatARunBeganTheNextOneEnds) {
    recordAll();
    leave();
    session("RM_1", -5);
    ASSERT_TRUE(must(associateTrack(*db_, what_.track.id, "RM_1", at(60))));
    fs::create_directories(recordings() / "RM_1");
    fs::rename(recordings() / "daily" / (stem() + ".wav"), recordings() / "RM_1" / (stem() + ".wav"));
    start();
    ASSERT_TRUE(hasMoved());
    EXPECT_TRUE(noMoveIsLeft());
    expectMoved();
}

TEST_P(AssociatorTest, FindsNowAndThenWhatNobodyToldItOf) {
    options_.every = milliseconds(10);
    start();
    recordAll();
    leave();
    session("RM_1", 5); // as another replica would write it
    ASSERT_TRUE(hasMoved());
    expectMoved();
}

TEST_P(AssociatorTest, WaitsForTheLastLineOfTheLedgerAndTriesAgainSoon) {
    start();
    recordAll();
    Folders::write(ledgers() / "daily" / ledger(), line("track", 0));
    age(at(49));
    trackStarts();
    trackEnds();
    sessionIsTold("RM_1", 5);
    ASSERT_TRUE(becomesOf("RM_1"));
    settle(*replica_);
    EXPECT_TRUE(replica_->moved.empty());
    Folders::write(ledgers() / "daily" / ledger(), line("track", 0) + line("end", 1));
    ASSERT_TRUE(hasMoved());
    expectMoved();
}

TEST_P(AssociatorTest, OfSeveralReplicasTheOneMovesThatHasTheFiles) {
    if (!onPostgres()) return; // nobody shares a file of SQLite
    const Folders elsewhere;
    fs::create_directories(elsewhere.recordings());
    fs::create_directories(elsewhere.ledgers());
    Replica other(url_, elsewhere, options_);
    recordAll();
    leave();
    session("RM_1", 5);
    other.associator->sessionActive({});
    ASSERT_TRUE(becomesOf("RM_1"));
    settle(other);
    EXPECT_TRUE(other.moved.empty());
    EXPECT_FALSE(must(listMoves(*db_, at(-1), {})).items.empty()) << "it is still to be done";
    start();
    ASSERT_TRUE(hasMoved());
    expectMoved();
    EXPECT_TRUE(below(elsewhere.recordings()).empty());
}

TEST_P(AssociatorTest, ReplicasThatShareADiskMoveATrackOnce) {
    if (!onPostgres()) return;
    constexpr int tracks = 40;
    fs::create_directories(recordings());
    std::vector<std::string> stems;
    for (int i = 0; i < tracks; ++i) {
        what_.track.id = "track-" + std::to_string(i);
        what_.track.startedAt = at(i);
        what_.recordings.clear();
        recordAll();
        leave();
    }
    options_.page = 7;
    start();
    Replica other(url_, folders(), options_);
    session("RM_1", 5);
    for (Replica* replica : {replica_.get(), &other})
        replica->associator->sessionActive({});
    ASSERT_TRUE(test::eventually([&] { return replica_->moved.size() + other.moved.size() >= tracks; }));
    settle(*replica_);
    settle(other);
    EXPECT_EQ(replica_->moved.size() + other.moved.size(), std::size_t(tracks)) << "each was told of once";
    EXPECT_TRUE(noMoveIsLeft());
    EXPECT_EQ(below(recordings()).size(), 2u * tracks);
    const auto rows = must(recordingsOfMeeting(*db_, "RM_1"));
    EXPECT_EQ(rows.size(), 2u * tracks);
    for (const Recording& row : rows)
        EXPECT_TRUE(fs::exists(recordings() / row.path)) << row.path;
}

TEST_P(AssociatorTest, WhatCannotBeMovedKeepsItsRowsTrueAndIsTriedAgain) {
    start();
    recordAll();
    leave();
    fs::create_directories(ledgers());
    Folders::write(ledgers() / "RM_1", "a file in the place of a folder");
    sessionIsTold("RM_1", 5);
    ASSERT_TRUE(test::eventually([&] {
        const auto rows = must(recordingsOfTrack(*db_, what_.track.id));
        return rows.at(0).path.starts_with("RM_1/") && rows.at(1).path.starts_with("RM_1/");
    })) << "the recording has moved, its ledger has not";
    EXPECT_TRUE(replica_->moved.empty());
    EXPECT_FALSE(must(listMoves(*db_, at(-1), {})).items.empty());
    fs::remove(ledgers() / "RM_1");
    replica_->associator->look();
    ASSERT_TRUE(hasMoved());
    expectMoved();
}

TEST_P(AssociatorTest, MayEndWhileEverythingIsUnderWay) {
    recordAll();
    leave();
    session("RM_1", 5);
    start();
    replica_->associator.reset();
    replica_.reset();
    while (g_main_context_iteration(nullptr, FALSE)) {
    }
    EXPECT_EQ(below(recordings()).size(), 2u);
}

ON_BOTH_ENGINES(AssociatorTest);

TEST(AssociatorWithoutADatabase, LooksAgainAfterWhatWasDropped) {
    const Folders folders;
    std::size_t writes = 0;
    Associator::Options options;
    options.places = folders.places();
    options.every = milliseconds(5);
    Associator associator([&](std::size_t, const Change&) { ++writes; }, options); // no room in the queue
    EXPECT_TRUE(test::eventually([&] { return writes > 3; }));
}

} // namespace
} // namespace lm::store
