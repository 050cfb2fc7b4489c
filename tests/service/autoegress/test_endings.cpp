#include "service/autoegress/reason.hpp"
#include "tests/service/autoegress/coretest.hpp"

namespace lm::autoegress {
namespace {

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

} // namespace
} // namespace lm::autoegress
