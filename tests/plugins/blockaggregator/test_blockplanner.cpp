#include "plugins/blockaggregator/blockplanner.hpp"

#include <gtest/gtest.h>

namespace {

using namespace lm::blockaggregator;
using End = BlockPlanner::End;

__extension__ typedef unsigned __int128 Wide;

uint64_t runBlock(BlockPlanner& planner) {
    const uint64_t frames = planner.planned();
    planner.take(planner.remaining());
    planner.advance();
    return frames;
}

TEST(BlockPlanner, TakesTheNearestNanosecondOfADecimal) {
    EXPECT_EQ(BlockLimits::of(1.3337, 1).durationNs, 1'333'700'000u);
    EXPECT_EQ(BlockLimits::of(0.1, 1).durationNs, 100'000'000u);
    EXPECT_EQ(BlockLimits::of(3600, 1).durationNs, 3'600'000'000'000u);
}

TEST(BlockPlanner, TwoSecondsAt48000AreExactlyThatManyFrames) {
    BlockPlanner planner({2'000'000'000, 8u << 20}, {48000, 2});
    EXPECT_EQ(planner.planned(), 96000u);
    EXPECT_EQ(planner.end(), End::duration);
    EXPECT_EQ(planner.longestNs(), 2'000'000'000u);
}

struct Odd {
    double seconds;
    uint32_t rate;
};
class BlockPlannerDrift : public testing::TestWithParam<Odd> {};

TEST_P(BlockPlannerDrift, BlockNEndsAtTheFloorOfItsExactTimeForADay) {
    const auto [seconds, rate] = GetParam();
    const BlockLimits limits = BlockLimits::of(seconds, uint64_t{1} << 50);
    BlockPlanner planner(limits, {rate, 1});
    uint64_t frames = 0;
    const uint64_t blocks = uint64_t{86'400'000'000'000} / limits.durationNs + 1;
    for (uint64_t n = 1; n <= blocks; ++n) {
        frames += runBlock(planner);
        const Wide exact = Wide{n} * limits.durationNs * rate / 1'000'000'000;
        ASSERT_EQ(frames, static_cast<uint64_t>(exact)) << "block " << n;
    }
}

INSTANTIATE_TEST_SUITE_P(OddRates, BlockPlannerDrift,
                         testing::Values(Odd{1.3337, 44100}, Odd{0.02, 11025}, Odd{2.0, 22051},
                                         Odd{0.123456789, 96001}, Odd{3600, 2147483647}, Odd{1.0 / 3, 8000}));

TEST(BlockPlanner, SizeEndsABlockBeforeTheDurationAndInWholeFrames) {
    BlockPlanner planner({2'000'000'000, 1003}, {48000, 2});
    EXPECT_EQ(planner.planned(), 250u);
    EXPECT_EQ(planner.end(), End::size);
    EXPECT_EQ(planner.longestNs(), 5'208'334u);
}

TEST(BlockPlanner, DurationNamesABlockWhereBothLimitsMeet) {
    BlockPlanner planner({1'000'000'000, 16000}, {8000, 1});
    EXPECT_EQ(planner.planned(), 8000u);
    EXPECT_EQ(planner.end(), End::duration);
}

TEST(BlockPlanner, ABlockHasAtLeastOneFrame) {
    EXPECT_EQ(BlockPlanner({2'000'000'000, 1}, {48000, 8}).planned(), 1u);
    EXPECT_EQ(BlockPlanner({20'000'000, 1u << 20}, {1, 1}).planned(), 1u);
}

TEST(BlockPlanner, CountsWhatIsTaken) {
    BlockPlanner planner({1'000'000'000, 1u << 20}, {1000, 1});
    planner.take(300);
    EXPECT_EQ(planner.taken(), 300u);
    EXPECT_EQ(planner.remaining(), 700u);
}

TEST(BlockPlanner, AnEarlyEndBeginsANewRunWithoutTheFraction) {
    BlockPlanner planner({500'000'000, 1u << 20}, {3, 1}); // 1.5 frames: 1, 2, 1, 2 ...
    EXPECT_EQ(runBlock(planner), 1u);
    EXPECT_EQ(planner.planned(), 2u);
    planner.take(1);
    planner.restart();
    EXPECT_EQ(planner.taken(), 0u);
    EXPECT_EQ(runBlock(planner), 1u);
    EXPECT_EQ(runBlock(planner), 2u);
}

} // namespace
