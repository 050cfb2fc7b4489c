#include "service/autoegress/core.hpp"

#include "service/autoegress/reason.hpp"
#include "tests/service/autoegress/world.hpp"

#include <gtest/gtest.h>

namespace lm::autoegress {
namespace {

using namespace std::chrono_literals;
using livekit::Egress;
using livekit::EgressStatus, livekit::Failure;
using Kind = Command::Kind;
using Phase = Core::Phase;

CoreOptions options() {
    CoreOptions options;
    options.sendsToUs = [](const std::string& url) { return url.starts_with("ws://ours/"); };
    options.random = [] { return 0.5; };
    return options;
}

class CoreTest : public ::testing::Test {
protected:
    static Publication track(const std::string& sid = "TR_1") {
        return {"demo", "RM_1", "alice", "PA_1", sid};
    }

    std::vector<Command> tick() {
        core_.tick(now_);
        return core_.take();
    }
    /// The one command there is.
    Command only() {
        auto commands = core_.take();
        EXPECT_EQ(commands.size(), 1u);
        return commands.empty() ? Command{} : commands[0];
    }
    Phase phase(const std::string& sid = "TR_1") {
        const auto* entry = core_.find(sid);
        EXPECT_NE(entry, nullptr);
        return entry ? entry->phase : Phase::Waiting;
    }
    /// From Waiting to the command Start.
    void toStart() {
        core_.tick(now_);
        ASSERT_EQ(only().kind, Kind::Claim);
        core_.claimed("TR_1", Claim::Granted, now_);
        ASSERT_EQ(only().kind, Kind::Look);
        core_.looked("TR_1", world_.ofRoom("demo"), now_);
        ASSERT_EQ(only().kind, Kind::Start);
    }
    Egress& toRunning() {
        toStart();
        Egress& egress = world_.start(track());
        core_.started("TR_1", egress, now_);
        EXPECT_EQ(phase(), Phase::Running);
        return egress;
    }
    void publish(bool encrypted = false) {
        Publication published = track();
        published.encrypted = encrypted;
        world_.tracks.push_back({published});
        core_.published(published, now_);
    }

    Time now_{1'000'000s};
    test::World world_;
    Core core_{options()};
};

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

TEST_F(CoreTest, AFailedEgressIsStartedAgainLaterAndLater) {
    publish();
    std::vector<std::chrono::milliseconds> delays;
    for (int i = 0; i < 8; ++i) {
        Egress& egress = toRunning();
        world_.end(egress, EgressStatus::Failed, "End reason: Failure");
        core_.egressChanged(egress, now_);
        EXPECT_TRUE(tick().empty()) << "at once";
        delays.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(*core_.next() - now_));
        now_ = *core_.next();
    }
    EXPECT_EQ(delays, (std::vector<std::chrono::milliseconds>{1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}));
}

TEST_F(CoreTest, AnEgressThatHasRunForLongStartsAgainSoon) {
    publish();
    for (int i = 0; i < 5; ++i) {
        Egress& egress = toRunning();
        now_ += 61s;
        world_.end(egress, EgressStatus::Failed, "");
        core_.egressChanged(egress, now_);
        EXPECT_EQ(*core_.next() - now_, 1s);
        now_ += 1s;
    }
}

TEST_F(CoreTest, TheLimitOfAnEgressIsNoFailure) {
    publish();
    Egress& egress = toRunning();
    world_.end(egress, EgressStatus::LimitReached, "");
    core_.egressChanged(egress, now_);
    EXPECT_EQ(tick().size(), 1u);
}

TEST_F(CoreTest, WhatAPersonStoppedStaysStopped) {
    publish();
    Egress& egress = toRunning();
    world_.end(egress, EgressStatus::Complete, "End reason: StopEgress API");
    core_.egressChanged(egress, now_);
    now_ += 1h;
    EXPECT_TRUE(tick().empty());
    EXPECT_EQ(phase(), Phase::Held);
    core_.apply(world_.snapshot(now_), now_);
    EXPECT_EQ(phase(), Phase::Held);
    EXPECT_EQ(core_.want(track(), now_), Core::Wish::Accepted);
    toRunning();
}

TEST_F(CoreTest, WhatWasStoppedAtAnotherReplicaStaysStopped) {
    publish();
    Egress& egress = world_.start(track());
    world_.end(egress, EgressStatus::Complete, "End reason: StopEgress API");
    tick();
    core_.claimed("TR_1", Claim::Granted, now_);
    core_.take();
    core_.looked("TR_1", world_.ofRoom("demo"), now_);
    EXPECT_TRUE(core_.take().empty());
    EXPECT_EQ(phase(), Phase::Held);
}

TEST_F(CoreTest, AHeldEgressThatIsStillEndingStaysHeld) {
    publish();
    Egress& egress = toRunning();
    core_.hold("EG_1", now_);
    egress.status = EgressStatus::Ending;
    core_.egressChanged(egress, now_);
    core_.apply(world_.snapshot(now_), now_);
    EXPECT_EQ(phase(), Phase::Held);
    world_.end(egress, EgressStatus::Failed, "End reason: Failure");
    core_.egressChanged(egress, now_);
    EXPECT_EQ(phase(), Phase::Held);
}

TEST_F(CoreTest, AStopOfOursIsNoPersons) {
    publish();
    toRunning();
    world_.start(track()); // a surplus one, newer
    now_ += 1s;
    core_.apply(world_.snapshot(now_), now_);
    ASSERT_EQ(only().egressId, "EG_2");
    world_.end(world_.egresses[0], EgressStatus::Failed, "");
    world_.end(world_.egresses[1], EgressStatus::Complete, "End reason: StopEgress API");
    core_.egressChanged(world_.egresses[1], now_);
    core_.egressChanged(world_.egresses[0], now_);
    now_ = *core_.next();
    toStart();
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

TEST_F(CoreTest, AnEndThatIsToldBeforeTheStartIsAnEnd) {
    publish();
    toStart();
    Egress egress = world_.start(track());
    const Egress starting = egress;
    egress.status = EgressStatus::Failed;
    egress.error = "dial tcp: connection refused";
    core_.egressChanged(egress, now_);
    core_.started("TR_1", starting, now_);
    EXPECT_EQ(phase(), Phase::Waiting);
    EXPECT_EQ(core_.find("TR_1")->reason, endReason(egress));
    ASSERT_NE(core_.ending(egress.id), nullptr);
    EXPECT_EQ(core_.ending(egress.id)->websocketUrl, "") << "its token is kept by nobody";
    core_.egressChanged(starting, now_); // egress_started, late
    EXPECT_EQ(phase(), Phase::Waiting);
}

TEST_F(CoreTest, AStopByAPersonThatIsToldBeforeTheStartHoldsTheTrack) {
    publish();
    toStart();
    Egress& egress = world_.start(track());
    const Egress starting = egress;
    world_.end(egress, EgressStatus::Complete, "End reason: StopEgress API");
    core_.egressChanged(egress, now_);
    core_.started("TR_1", starting, now_);
    EXPECT_EQ(phase(), Phase::Held);
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
