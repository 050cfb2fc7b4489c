#include "tests/service/autoegress/coretest.hpp"

namespace lm::autoegress {
namespace {

TEST_F(CoreTest, APublishedTrackGetsAnEgress) {
    publish();
    toRunning();
    EXPECT_EQ(core_.find("TR_1")->egressId, "EG_1");
    EXPECT_TRUE(tick().empty());
}

TEST_F(CoreTest, PublishedTwiceIsStartedOnce) {
    publish();
    publish();
    toStart();
    publish();
    EXPECT_TRUE(tick().empty());
}

TEST_F(CoreTest, AnEncryptedTrackIsLeftAlone) {
    publish(true);
    EXPECT_TRUE(tick().empty());
    EXPECT_EQ(phase(), Phase::Encrypted);
    EXPECT_FALSE(core_.find("TR_1")->reason.empty());
}

TEST_F(CoreTest, NothingStartsByItselfWhenItIsNotAutomatic) {
    auto manual = options();
    manual.automatic = false;
    Core core(manual);
    core.published(track(), now_);
    core.tick(now_);
    EXPECT_TRUE(core.take().empty());
    EXPECT_EQ(core.want(track(), now_), Core::Wish::Accepted);
    core.tick(now_);
    EXPECT_EQ(core.take().size(), 1u);
}

TEST_F(CoreTest, AnotherReplicaIsLeftToItAndCheckedLater) {
    publish();
    tick();
    core_.claimed("TR_1", Claim::Denied, now_);
    EXPECT_TRUE(tick().empty());
    now_ += 5s;
    ASSERT_EQ(tick().size(), 1u);
    core_.claimed("TR_1", Claim::Granted, now_);
    only();
    world_.start(track()); // the other's
    core_.looked("TR_1", world_.ofRoom("demo"), now_);
    EXPECT_TRUE(core_.take().empty());
    EXPECT_EQ(phase(), Phase::Running);
}

TEST_F(CoreTest, ADatabaseThatIsAwayStopsNoEgress) {
    publish();
    tick();
    core_.claimed("TR_1", Claim::Unknown, now_);
    EXPECT_EQ(only().kind, Kind::Look);
}

TEST_F(CoreTest, AStartWithoutAnAnswerIsLookedForBeforeItIsRepeated) {
    publish();
    toStart();
    core_.started("TR_1", Failure{Failure::Kind::Late, "no answer"}, now_);
    EXPECT_GE(*core_.next() - now_, 30s);
    now_ = *core_.next();
    world_.start(track()); // it had happened
    tick();
    core_.claimed("TR_1", Claim::Granted, now_);
    core_.take();
    core_.looked("TR_1", world_.ofRoom("demo"), now_);
    EXPECT_TRUE(core_.take().empty());
    EXPECT_EQ(core_.find("TR_1")->egressId, "EG_1");
}

TEST_F(CoreTest, WhatStaysWrongIsTriedSeldom) {
    publish();
    toStart();
    core_.started("TR_1", Failure{Failure::Kind::Refused, "LiveKit answered 401"}, now_);
    EXPECT_EQ(*core_.next() - now_, 60s);
    EXPECT_EQ(core_.find("TR_1")->reason, "LiveKit answered 401");
}

TEST_F(CoreTest, ATrackThatGoesWhileItIsStartedLeavesNoEgress) {
    publish();
    toStart();
    core_.unpublished("TR_1", now_);
    core_.started("TR_1", world_.start(track()), now_);
    const Command command = only();
    EXPECT_EQ(command.kind, Kind::Stop);
    EXPECT_EQ(command.egressId, "EG_1");
    EXPECT_EQ(core_.find("TR_1"), nullptr);
}

TEST_F(CoreTest, PublishedAfterUnpublishedIsOld) {
    core_.unpublished("TR_1", now_);
    publish();
    EXPECT_TRUE(tick().empty());
}

TEST_F(CoreTest, ASnapshotKnowsBetterThanOldNews) {
    core_.unpublished("TR_1", now_);
    world_.tracks.push_back({track()});
    now_ += 1s;
    core_.apply(world_.snapshot(now_), now_);
    EXPECT_EQ(tick().size(), 1u);
}

TEST_F(CoreTest, AnOldSnapshotTakesNothingBack) {
    const auto old = world_.snapshot(now_);
    now_ += 1s;
    publish();
    toRunning();
    core_.apply(old, now_);
    EXPECT_EQ(phase(), Phase::Running);
}

TEST_F(CoreTest, ALostWebhookHeals) {
    world_.tracks.push_back({track()});
    core_.apply(world_.snapshot(now_), now_); // published
    Egress& egress = toRunning();
    now_ += 1s;
    world_.end(egress, EgressStatus::Failed, ""); // ended
    core_.apply(world_.snapshot(now_), now_);
    EXPECT_EQ(phase(), Phase::Waiting);
    now_ = *core_.next();
    toRunning();
    now_ += 1s;
    world_.tracks.clear(); // unpublished
    core_.apply(world_.snapshot(now_), now_);
    EXPECT_EQ(core_.find("TR_1"), nullptr);
}

TEST_F(CoreTest, ARoomThatCannotBeAskedForLosesNothing) {
    publish();
    toRunning();
    now_ += 1s;
    Snapshot snapshot = world_.snapshot(now_);
    snapshot.rooms.at(0).participants.reset();
    snapshot.egresses.reset();
    core_.apply(snapshot, now_);
    EXPECT_EQ(phase(), Phase::Running);
    snapshot.egresses = world_.snapshot(now_).egresses;
    core_.apply(snapshot, now_);
    core_.apply(snapshot, now_);
    EXPECT_TRUE(core_.take().empty());
}

TEST_F(CoreTest, OfTwoEgressesTheOlderStays) {
    publish();
    world_.start(track());
    world_.start(track());
    core_.apply(world_.snapshot(now_), now_);
    EXPECT_EQ(only().egressId, "EG_2");
    EXPECT_EQ(core_.find("TR_1")->egressId, "EG_1");
    EXPECT_EQ(core_.stats().surplus, 1u);
}

TEST_F(CoreTest, AnOrphanIsStoppedWhenItIsSeenTwice) {
    world_.start(track());
    core_.apply(world_.snapshot(now_), now_);
    EXPECT_TRUE(core_.take().empty());
    core_.apply(world_.snapshot(now_), now_);
    EXPECT_EQ(only().egressId, "EG_1");
}

TEST_F(CoreTest, EgressesOfOthersAreNotTouched) {
    Egress& other = world_.start(track());
    other.websocketUrl = "ws://theirs/x";
    publish();
    for (int i = 0; i < 3; ++i)
        core_.apply(world_.snapshot(now_), now_);
    EXPECT_TRUE(core_.take().empty());
    toStart();
}

TEST_F(CoreTest, ANewTrackOfAParticipantIsFollowed) {
    publish();
    toRunning();
    core_.unpublished("TR_1", now_);
    Publication next = track("TR_2");
    core_.published(next, now_);
    const auto commands = tick();
    ASSERT_EQ(commands.size(), 1u);
    EXPECT_EQ(commands[0].track.track, "TR_2");
    EXPECT_EQ(commands[0].track.participant, "alice");
}

TEST_F(CoreTest, WhoLeavesTakesItsTracksAlong) {
    publish();
    core_.left("PA_2", now_);
    EXPECT_NE(core_.find("TR_1"), nullptr);
    core_.left("PA_1", now_);
    EXPECT_EQ(core_.find("TR_1"), nullptr);
}

TEST_F(CoreTest, AFinishedRoomOfThatNameIsNotTheNextOne) {
    publish();
    core_.roomFinished("RM_before", "demo", now_);
    EXPECT_NE(core_.find("TR_1"), nullptr);
    core_.roomFinished("RM_1", "demo", now_);
    EXPECT_EQ(core_.find("TR_1"), nullptr);
}

TEST_F(CoreTest, OnlySoManyAreStartedAtOnce) {
    auto few = options();
    few.maxInFlight = 2;
    Core core(few);
    for (int i = 0; i < 5; ++i)
        core.published(track("TR_" + std::to_string(i)), now_);
    core.tick(now_);
    EXPECT_EQ(core.take().size(), 2u);
    EXPECT_EQ(core.next(), std::nullopt);
    core.claimed("TR_0", Claim::Denied, now_);
    core.tick(now_);
    EXPECT_EQ(core.take().size(), 1u);
}

TEST_F(CoreTest, MemoryIsBounded) {
    auto few = options();
    few.maxTracks = 2;
    Core core(few);
    for (int i = 0; i < 5; ++i)
        core.published(track("TR_" + std::to_string(i)), now_);
    EXPECT_EQ(core.entries().size(), 2u);
    EXPECT_EQ(core.stats().overflow, 3u);
    EXPECT_EQ(core.want(track("TR_9"), now_), Core::Wish::Full);
}

} // namespace
} // namespace lm::autoegress
