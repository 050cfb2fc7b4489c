#include "plugins/wsaudiosrc/timeline.hpp"

#include <gtest/gtest.h>

using lm::wsaudiosrc::Timeline;

namespace {

constexpr std::uint64_t ms = 1'000'000;
constexpr std::uint64_t second = 1000 * ms;
constexpr std::int64_t noon = 1'800'000'000 * static_cast<std::int64_t>(second);

} // namespace

TEST(Timeline, TheFirstAudioEndsWhenItHasArrived) {
    Timeline timeline(48000, second);
    EXPECT_EQ(timeline.arrive(2400, 1000 * ms, noon), 0u);
    EXPECT_EQ(timeline.pts(0), 950 * ms);
    EXPECT_EQ(timeline.utc(0), noon - static_cast<std::int64_t>(50 * ms));
    EXPECT_EQ(timeline.pts(2400), 1000 * ms);
}

TEST(Timeline, AudioOlderThanThePipelineStartsAtZero) {
    Timeline timeline(48000, second);
    timeline.arrive(48000, 10 * ms, noon);
    EXPECT_EQ(timeline.pts(0), 0u);
    EXPECT_EQ(timeline.utc(0), noon - static_cast<std::int64_t>(second));
}

TEST(Timeline, JitterOfArrivalDoesNotReachTheTimestamps) {
    Timeline timeline(48000, second);
    timeline.arrive(480, 10 * ms, noon);
    timeline.arrive(480, 300 * ms, noon);
    timeline.arrive(480, 301 * ms, noon);
    EXPECT_EQ(timeline.pts(1440), 30 * ms);
}

TEST(Timeline, DoesNotDriftOverADay) {
    Timeline timeline(44100, second);
    for (std::uint64_t s = 1; s <= 86400; ++s)
        timeline.arrive(44100, s * second, noon);
    EXPECT_EQ(timeline.samples(), 86400u * 44100u);
    EXPECT_EQ(timeline.pts(timeline.samples()), 86400 * second);
    EXPECT_EQ(timeline.pts(timeline.samples() - 1), 86400 * second - second / 44100 - 1);
}

TEST(Timeline, APauseFollowedByTooLittleAudioIsAGap) {
    Timeline timeline(48000, second);
    timeline.arrive(480, 10 * ms, noon);
    const auto begin = timeline.utc(0);
    const auto gap = timeline.arrive(480, 3010 * ms, noon + 3000 * static_cast<std::int64_t>(ms));
    EXPECT_EQ(gap, 2990 * ms);
    EXPECT_EQ(timeline.pts(480), 3000 * ms) << "the late audio ends when it arrived";
    EXPECT_EQ(timeline.utc(480) - begin, static_cast<std::int64_t>(3000 * ms));
}

TEST(Timeline, AStallThatIsMadeUpForAllAtOnceIsNoGap) {
    Timeline timeline(48000, second);
    timeline.arrive(480, 10 * ms, noon);
    EXPECT_EQ(timeline.arrive(3 * 48000, 3010 * ms, noon), 0u);
    EXPECT_EQ(timeline.pts(480 + 3 * 48000), 3010 * ms);
}

TEST(Timeline, SlowDriftOfTheSenderIsNoGap) {
    Timeline timeline(48000, second);
    std::uint64_t now = 10 * ms;
    timeline.arrive(480, now, noon);
    for (int i = 0; i < 200000; ++i)
        ASSERT_EQ(timeline.arrive(4799, now += 100 * ms, noon), 0u);
}

TEST(Timeline, SmallLossesAddUpToAGap) {
    Timeline timeline(48000, second);
    std::uint64_t now = 0, skipped = 0;
    for (int i = 0; i < 600; ++i) {
        for (int k = 0; k < 45; ++k)
            skipped += timeline.arrive(4800, now += 100 * ms, noon);
        now += 500 * ms; // half a second in five never comes
    }
    EXPECT_NEAR(static_cast<double>(skipped) / 1e9, 300, 5);
    EXPECT_NEAR(static_cast<double>(timeline.pts(timeline.samples())), static_cast<double>(now), 5e9);
}

TEST(Timeline, FasterThanRealTimeRunsAheadOfTheClock) {
    Timeline timeline(48000, second);
    for (int i = 0; i < 100; ++i)
        ASSERT_EQ(timeline.arrive(48000, static_cast<std::uint64_t>(i) * ms, noon), 0u);
    EXPECT_EQ(timeline.pts(4800000), 100 * second);
}
