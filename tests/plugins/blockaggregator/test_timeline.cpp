#include "plugins/blockaggregator/timeline.hpp"

#include <gtest/gtest.h>

namespace {

using lm::blockaggregator::Timeline;

constexpr uint64_t second = 1'000'000'000;

Timeline at44100() {
    Timeline line;
    line.setRate(0, 44100);
    return line;
}

TEST(Timeline, KnowsNothingBeforeTheFirstTimeStamp) {
    const Timeline line = at44100();
    EXPECT_FALSE(line.pts(0));
    EXPECT_FALSE(line.utc(0));
    EXPECT_FALSE(line.jumps(0, 5 * second, false));
}

TEST(Timeline, CountsFromTheAnchorWithoutDrift) {
    Timeline line = at44100();
    line.anchor(0, 7);
    const uint64_t month = 30 * 86400;
    EXPECT_EQ(line.pts(44100 * month), month * second + 7);
    EXPECT_EQ(line.pts(44100 * month + 1), month * second + 7 + 22675);
}

TEST(Timeline, ReachesBackBeforeTheAnchor) {
    Timeline line = at44100();
    line.anchor(44100, 3 * second);
    EXPECT_EQ(line.pts(0), 2 * second);
}

TEST(Timeline, ToleratesJitterButNotAJump) {
    Timeline line = at44100();
    line.anchor(0, second);
    EXPECT_FALSE(line.jumps(44100, 2 * second + 39'000'000, false));
    EXPECT_FALSE(line.jumps(44100, 2 * second - 39'000'000, false));
    EXPECT_TRUE(line.jumps(44100, 2 * second + 41'000'000, false));
    EXPECT_TRUE(line.jumps(44100, 2 * second - 41'000'000, false));
}

TEST(Timeline, ADiscontinuityNeedsATimeStampThatMoved) {
    Timeline line = at44100();
    line.anchor(0, second);
    EXPECT_FALSE(line.jumps(44100, 2 * second, true));
    EXPECT_TRUE(line.jumps(44100, 2 * second + 2'000'000, true));
    EXPECT_TRUE(line.jumps(44100, std::nullopt, true)) << "nothing says how far it jumped";
    EXPECT_FALSE(line.jumps(44100, std::nullopt, false));
}

TEST(Timeline, AnotherRateGoesOnWhereTheOldOneEnded) {
    Timeline line = at44100();
    line.anchor(0, 0);
    line.setRate(44100, 8000);
    EXPECT_EQ(line.pts(44100 + 8000), 2 * second);
}

TEST(Timeline, ExtrapolatesUtcFromTheNewestObservation) {
    Timeline line = at44100();
    line.anchor(0, 5 * second);
    line.observeUtc(0, 1'000'000);
    EXPECT_EQ(line.utc(44100), 1'000'000 + static_cast<int64_t>(second));
    line.observeUtc(44100, 2'000'000'000);
    EXPECT_EQ(line.utc(0), 1'000'000'000);
}

TEST(Timeline, UtcFollowsTheTimeStampsOverAGap) {
    Timeline line = at44100();
    line.anchor(0, 0);
    line.observeUtc(0, 100);
    line.anchor(44100, 10 * second);
    EXPECT_EQ(line.utc(44100), 100 + static_cast<int64_t>(10 * second));
}

TEST(Timeline, UtcSurvivesTheFirstTimeStamp) {
    Timeline line = at44100();
    line.observeUtc(0, 100);
    EXPECT_EQ(line.utc(44100), 100 + static_cast<int64_t>(second));
    line.anchor(44100, 77 * second);
    EXPECT_EQ(line.utc(44100), 100 + static_cast<int64_t>(second));
}

} // namespace
