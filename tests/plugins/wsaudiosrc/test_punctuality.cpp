#include "plugins/wsaudiosrc/punctuality.hpp"

#include <gtest/gtest.h>

using lm::wsaudiosrc::Judgement;
using lm::wsaudiosrc::Punctuality;

namespace {

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t second = 1000 * ms;

/// A clock, a sender that keeps time by it, and how both look from where the audio arrives.
class Wire {
public:
    /// Visits every 50 ms that find all the audio there is.
    void flow(std::int64_t time, std::int64_t late = 0) {
        for (std::int64_t t = 0; t < time; t += 50 * ms) {
            now_ += 50 * ms;
            arrive(50 * ms, late);
        }
    }
    void pass(std::int64_t time) { now_ += time; }
    void arrive(std::int64_t audio, std::int64_t late = 0) {
        audio_ += audio;
        last = punctuality.observe(now_, now_ + late - audio_ - start);
        note();
    }
    void end(bool orderly) {
        last = punctuality.finish(now_, orderly);
        note();
    }
    std::int64_t now() const { return now_; }

    Punctuality punctuality{second};
    Judgement last;
    std::int64_t missing = 0, stalls = 0, held = 0, most = 0;
    std::optional<lm::wsaudiosrc::Stall> stall;
    static constexpr std::int64_t start = 100 * second;

private:
    void note() {
        missing += last.missing;
        audio_ += last.missing;
        if (last.stall) stall = last.stall, ++stalls;
        held = last.hold ? held + 1 : 0;
        most = std::max(most, held);
    }
    std::int64_t now_ = start;
    std::int64_t audio_ = 0;
};

} // namespace

TEST(Punctuality, ASenderThatIsLateAndCatchesUpKeepsTime) {
    Wire wire;
    wire.flow(3 * second);
    wire.flow(2 * second, 300 * ms); // a busy machine
    wire.flow(600 * ms);
    EXPECT_TRUE(wire.last.paced);
    wire.pass(3 * second);
    wire.flow(second);
    EXPECT_EQ(wire.missing, 3 * second);
    EXPECT_TRUE(wire.last.paced);
}

TEST(Punctuality, AudioThatNeverCameIsMissingOnceTheFlowGoesOn) {
    Wire wire;
    wire.flow(3 * second);
    wire.pass(3 * second);
    wire.arrive(50 * ms);
    EXPECT_TRUE(wire.last.hold) << "it may be the begin of a burst";
    wire.flow(450 * ms);
    EXPECT_TRUE(wire.last.hold);
    wire.flow(50 * ms);
    EXPECT_FALSE(wire.last.hold);
    EXPECT_EQ(wire.missing, 3 * second - 50 * ms);
    EXPECT_TRUE(wire.last.paced);
    wire.flow(20 * second);
    EXPECT_EQ(wire.missing, 3 * second - 50 * ms);
    ASSERT_TRUE(wire.stall);
    EXPECT_EQ(wire.stall->duration, 3 * second);
    EXPECT_EQ(wire.stalls, 1);
}

TEST(Punctuality, AStallThatIsMadeUpForIsNoGapHoweverManyPiecesTheBurstHas) {
    Wire wire;
    wire.flow(3 * second);
    const std::int64_t begin = wire.now();
    wire.pass(3 * second);
    for (int i = 0; i < 5; ++i) {
        wire.arrive(500 * ms);
        EXPECT_TRUE(wire.last.hold);
        wire.pass(10 * ms);
    }
    wire.arrive(550 * ms);
    EXPECT_FALSE(wire.last.hold);
    EXPECT_EQ(wire.missing, 0);
    ASSERT_TRUE(wire.stall);
    EXPECT_EQ(wire.stall->begin, begin);
    EXPECT_EQ(wire.stall->burst, 3 * second);
    wire.flow(20 * second);
    EXPECT_EQ(wire.missing, 0);
    EXPECT_EQ(wire.stalls, 1);
}

TEST(Punctuality, WhatABurstLeavesOutIsMissing) {
    Wire wire;
    wire.flow(3 * second);
    wire.pass(5 * second);
    wire.arrive(3 * second); // the sender's queue holds three
    EXPECT_TRUE(wire.last.hold);
    wire.flow(500 * ms);
    EXPECT_EQ(wire.missing, 2 * second);
    EXPECT_EQ(wire.stall->burst, 3 * second);
}

TEST(Punctuality, ASenderInterruptedInItsBurstIsGivenTimeAgain) {
    Wire wire;
    wire.flow(3 * second);
    wire.pass(2 * second);
    wire.arrive(100 * ms);
    wire.pass(second); // longer than the flow would have to be steady
    wire.arrive(100 * ms);
    EXPECT_EQ(wire.missing, 0);
    wire.pass(50 * ms);
    wire.arrive(2850 * ms);
    EXPECT_EQ(wire.missing, 0);
    EXPECT_FALSE(wire.last.hold);
}

TEST(Punctuality, NothingIsHeldForLongerThanTwoSeconds) {
    Wire wire;
    wire.flow(3 * second);
    wire.pass(10 * second);
    for (int i = 0; i < 80; ++i) { // a burst that is hardly faster than the flow
        wire.pass(50 * ms);
        wire.arrive(60 * ms);
    }
    EXPECT_EQ(wire.missing, 0);
    EXPECT_FALSE(wire.last.hold);
    EXPECT_LE(wire.most, 2 * second / (50 * ms) + 1);
    wire.flow(2 * second);
    EXPECT_EQ(wire.missing, 10 * second + 80 * (50 - 60) * ms);
}

TEST(Punctuality, IdleTimeDoesNotHoldForEverEither) {
    Wire wire;
    wire.flow(3 * second);
    wire.pass(3 * second);
    wire.arrive(10 * ms);
    EXPECT_TRUE(wire.punctuality.idle(wire.now() + second).hold);
    EXPECT_FALSE(wire.punctuality.idle(wire.now() + 3 * second).hold);
}

TEST(Punctuality, ASmallLossIsFoundWhereTheLagIsLevelAgain) {
    Wire wire;
    wire.flow(5 * second);
    wire.pass(70 * ms);
    wire.flow(10 * second);
    EXPECT_EQ(wire.missing, 70 * ms);
    wire.pass(250 * ms);
    wire.flow(10 * second);
    EXPECT_EQ(wire.missing, 320 * ms);
}

TEST(Punctuality, JitterIsNoLoss) {
    Wire wire;
    unsigned state = 1;
    for (int i = 0; i < 20000; ++i) {
        state = state * 1664525 + 1013904223;
        wire.flow(50 * ms, static_cast<std::int64_t>(state >> 8) % (90 * ms));
    }
    EXPECT_EQ(wire.missing, 0);
    EXPECT_EQ(wire.stalls, 0);
}

TEST(Punctuality, ASlowOrFastClockOfTheSenderIsDriftAndNoLoss) {
    for (const int ppm : {-200, 200}) {
        Wire wire;
        for (int i = 0; i < 40000; ++i) {
            wire.pass(50 * ms);
            wire.arrive(50 * ms + 50 * ms / 1'000'000 * ppm);
        }
        EXPECT_EQ(wire.missing, 0) << ppm;
        ASSERT_TRUE(wire.punctuality.drift());
        EXPECT_NEAR(*wire.punctuality.drift(), ppm, 1);
    }
}

TEST(Punctuality, DriftIsNotToldBeforeItCanBe) {
    Wire wire;
    wire.flow(50 * second);
    EXPECT_FALSE(wire.punctuality.drift());
}

TEST(Punctuality, LossesThatAddUpAreMissingInTheEnd) {
    Wire wire;
    for (int i = 0; i < 60; ++i) {
        wire.flow(4500 * ms);
        wire.pass(500 * ms); // half a second in five never comes
    }
    wire.flow(5 * second);
    EXPECT_NEAR(static_cast<double>(wire.missing), 30e9, 0.1e9);
}

TEST(Punctuality, ASenderThatKeepsNoTimeIsNotMadeUpFor) {
    Wire fast; // a file, as fast as it goes, and the rest of it later
    for (int i = 0; i < 100; ++i) {
        fast.pass(5 * ms);
        fast.arrive(500 * ms);
    }
    fast.pass(3 * second);
    fast.arrive(500 * ms);
    EXPECT_FALSE(fast.last.hold);
    EXPECT_FALSE(fast.last.paced);

    Wire once;
    once.arrive(10 * ms);
    once.pass(3 * second);
    once.arrive(10 * ms);
    EXPECT_FALSE(once.last.hold);
    EXPECT_FALSE(once.last.paced);
    EXPECT_EQ(once.missing, 3 * second - 10 * ms) << "but the clock says what is missing";
}

TEST(Punctuality, LearnsThatTheFirstAudioWasEarlierThanItArrived) {
    Wire wire;
    wire.arrive(10 * ms, 30 * ms); // the first visit was late
    wire.flow(5 * second);
    EXPECT_EQ(wire.punctuality.early(), -10 * ms);
}

TEST(Punctuality, WhatWasMadeUpTooWellIsNotMadeUpAgain) {
    Wire wire;
    wire.flow(5 * second);
    wire.pass(2 * second);
    wire.flow(second, 40 * ms); // everything comes late for a while
    EXPECT_EQ(wire.missing, 2040 * ms);
    for (int i = 0; i < 20; ++i) {
        wire.flow(10 * second);
        wire.flow(10 * second, 40 * ms);
    }
    EXPECT_EQ(wire.missing, 2040 * ms);
}

TEST(Punctuality, AnOrderlyEndDecidesAnyOtherDoesNot) {
    for (const bool orderly : {true, false}) {
        Wire wire;
        wire.flow(3 * second);
        wire.pass(3 * second);
        wire.arrive(second);
        EXPECT_TRUE(wire.last.hold);
        wire.end(orderly);
        EXPECT_EQ(wire.missing, orderly ? 2 * second : 0);
        EXPECT_FALSE(wire.last.hold);
    }
}

TEST(Punctuality, NothingIsMissingBehindTheLastAudio) {
    Wire wire;
    wire.flow(3 * second);
    wire.pass(5 * second);
    wire.end(false);
    EXPECT_EQ(wire.missing, 0);
    ASSERT_TRUE(wire.stall);
    EXPECT_FALSE(wire.stall->resumed);
    EXPECT_EQ(wire.stall->duration, 5 * second);
}
