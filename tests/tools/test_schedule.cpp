#include "tools/egresssim/schedule.hpp"

#include <gtest/gtest.h>

using namespace lm::egresssim;
using namespace std::chrono_literals;

namespace {

TEST(Pacer, SendsTheFirstMessageAtOnceAndThenOneEveryTenMilliseconds) {
    const Pacer pacer(1000, {}, false);
    EXPECT_EQ(pacer.due(-1ms), 0u);
    EXPECT_EQ(pacer.due(0ms), 1u);
    EXPECT_EQ(pacer.due(9ms), 1u);
    EXPECT_EQ(pacer.due(10ms), 2u);
    EXPECT_EQ(pacer.due(1h), 1000u);
}

TEST(Pacer, OwesEverythingAtOnceWhenFast) {
    EXPECT_EQ(Pacer(1000, {}, true).due(0ms), 1000u);
}

TEST(Pacer, HoldsMessagesBackUntilABurstIsComplete) {
    Faults faults;
    faults.burst = 5;
    const Pacer pacer(12, faults, false);
    EXPECT_EQ(pacer.due(39ms), 0u);
    EXPECT_EQ(pacer.due(40ms), 5u);
    EXPECT_EQ(pacer.due(110ms), 12u); // the rest at the end
}

TEST(Pacer, LosesTheOldestBeyondThreeSeconds) {
    const Pacer pacer(1000, {}, false);
    EXPECT_EQ(pacer.leaked(100, 400), 0u);
    EXPECT_EQ(pacer.leaked(100, 450), 50u);
    EXPECT_EQ(Pacer(1000, {}, true).leaked(0, 1000), 0u);
}

TEST(Pacer, IsStalledOnlyInsideItsStall) {
    Faults faults;
    faults.stall = Span{2s, 3s};
    const Pacer pacer(1000, faults, false);
    EXPECT_FALSE(pacer.stalled(1999ms));
    EXPECT_TRUE(pacer.stalled(2s));
    EXPECT_FALSE(pacer.stalled(3s));
}

TEST(Cues, ComeInOrderOfTime) {
    Faults faults;
    faults.mute = Span{5s, 40s};
    faults.cut = 50s;
    faults.texts = {{1s, "hello"}};
    const auto cues = makeCues(faults, 70s, 30s);
    std::vector<std::string> seen;
    for (const auto& cue : cues)
        seen.push_back(cue.kind == Cue::Kind::Cut ? "CUT" : cue.text);
    EXPECT_EQ(seen, (std::vector<std::string>{"hello", R"({"muted":true})", "ping", R"({"muted":false})",
                                              "CUT", "ping"}));
}

TEST(Cues, HaveNoPingsWithoutAnInterval) {
    EXPECT_TRUE(makeCues({}, 1h, 0s).empty());
}

TEST(Mute, RunsAheadOfTheSilence) {
    Faults faults;
    faults.mute = Span{2s, 4s};
    EXPECT_FALSE(isMuted(faults, 2999ms));
    EXPECT_TRUE(isMuted(faults, 3s));
    EXPECT_TRUE(isMuted(faults, 6999ms));
    EXPECT_FALSE(isMuted(faults, 7s));
}

} // namespace
