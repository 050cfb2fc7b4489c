#include "plugins/wsaudiosrc/timeline.hpp"

#include <gtest/gtest.h>

using lm::wsaudiosrc::Timeline;

namespace {

constexpr std::uint64_t ms = 1'000'000;
constexpr std::uint64_t second = 1000 * ms;
constexpr std::int64_t noon = 1'800'000'000 * static_cast<std::int64_t>(second);

} // namespace

TEST(Timeline, TheFirstAudioEndsWhenItHasArrived) {
    Timeline timeline(48000);
    timeline.anchor(2400, 1000 * ms, noon);
    EXPECT_EQ(timeline.pts(0), 950 * ms);
    EXPECT_EQ(timeline.utc(0), noon - static_cast<std::int64_t>(50 * ms));
    EXPECT_EQ(timeline.pts(2400), 1000 * ms);
    EXPECT_EQ(timeline.lag(2400, 1000 * ms), 0);
    EXPECT_EQ(timeline.lag(2880, 1005 * ms), -5 * static_cast<std::int64_t>(ms));
}

TEST(Timeline, AudioOlderThanThePipelineStartsAtZero) {
    Timeline timeline(48000);
    timeline.anchor(48000, 10 * ms, noon);
    EXPECT_EQ(timeline.pts(0), 0u);
    EXPECT_EQ(timeline.utc(0), noon - static_cast<std::int64_t>(second));
}

TEST(Timeline, DoesNotDriftOverADay) {
    Timeline timeline(44100);
    timeline.anchor(44100, second, noon);
    constexpr std::uint64_t day = 86400;
    EXPECT_EQ(timeline.pts(day * 44100), day * second);
    EXPECT_EQ(timeline.pts(day * 44100 - 1), day * second - second / 44100 - 1);
    EXPECT_EQ(timeline.frames(day * second), day * 44100);
}

TEST(Timeline, SkippedTimeHasNoFrames) {
    Timeline timeline(48000);
    timeline.anchor(480, 10 * ms, noon);
    timeline.skip(480, 3 * second);
    EXPECT_EQ(timeline.pts(480), 3010 * ms);
    EXPECT_EQ(timeline.utc(480), noon + 3 * static_cast<std::int64_t>(second));
    EXPECT_EQ(timeline.pts(960), 3020 * ms);
}

TEST(Timeline, FramesThatWereTwiceAsLargeTakeHalfTheTime) {
    Timeline timeline(48000);
    timeline.anchor(4800, second, noon); // 50 ms of stereo that was taken for 100 ms of mono
    timeline.widen(2, 2400, second);
    EXPECT_EQ(timeline.pts(0), 950 * ms);
    EXPECT_EQ(timeline.pts(2400), second);
    EXPECT_EQ(timeline.utc(2400), noon);
}

TEST(Timeline, WhatWasSkippedIsNotTakenBackWhenFramesProveLarger) {
    Timeline timeline(48000);
    timeline.anchor(4800, second, noon);
    timeline.skip(9600, 3 * second);
    timeline.widen(2, 24000, 5 * second);
    EXPECT_EQ(timeline.pts(24000), 5 * second) << "what has come ends now";
    EXPECT_EQ(timeline.utc(24000), noon + 4 * static_cast<std::int64_t>(second));
    EXPECT_EQ(timeline.lag(24000, 5 * second), 0);
    EXPECT_EQ(timeline.pts(24480), 5010 * ms);
}

TEST(Timeline, WhatIsHeldIsBeforeTheNewAnchor) {
    Timeline timeline(48000);
    timeline.anchor(4800, second, noon);
    timeline.skip(9600, 3 * second);
    timeline.widen(2, 24000, 5 * second);
    EXPECT_EQ(timeline.pts(21600), 4950 * ms);
    EXPECT_EQ(timeline.utc(21600), noon + 3950 * static_cast<std::int64_t>(ms));
    timeline.skip(21600, 2 * second);
    EXPECT_EQ(timeline.pts(24000), 7 * second);
}

TEST(Timeline, WhatIsBeforeTheStartOfThePipelineIsAtZero) {
    Timeline timeline(48000);
    timeline.anchor(480, 10 * ms, noon);
    timeline.skip(480, 10 * ms);
    timeline.widen(2, 48000, 30 * ms);
    EXPECT_EQ(timeline.pts(0), 0u);
    EXPECT_EQ(timeline.utc(0), noon - 980 * static_cast<std::int64_t>(ms));
}
