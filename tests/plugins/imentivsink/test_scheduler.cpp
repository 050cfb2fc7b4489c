#include "plugins/imentivsink/scheduler.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace lm::imentivsink {
namespace {

using namespace std::chrono_literals;

constexpr Clock::time_point kStart{1000s};

TEST(Scheduler, NeverExceedsItsLimit) {
    Scheduler scheduler(2);
    for (TrackId id = 1; id <= 5; ++id)
        scheduler.ready(id, kStart);
    EXPECT_EQ(scheduler.next(kStart), 1U);
    EXPECT_EQ(scheduler.next(kStart), 2U);
    EXPECT_EQ(scheduler.next(kStart), std::nullopt);
    EXPECT_EQ(scheduler.busy(), 2U);
    scheduler.finished(1);
    EXPECT_EQ(scheduler.next(kStart), 3U);
    EXPECT_EQ(scheduler.next(kStart), std::nullopt);
}

TEST(Scheduler, ObeysALimitThatChanges) {
    Scheduler scheduler(1);
    for (TrackId id = 1; id <= 3; ++id)
        scheduler.ready(id, kStart);
    EXPECT_TRUE(scheduler.next(kStart));
    scheduler.setLimit(2);
    EXPECT_TRUE(scheduler.next(kStart));
    scheduler.setLimit(1);
    scheduler.finished(1);
    EXPECT_EQ(scheduler.next(kStart), std::nullopt);
}

TEST(Scheduler, LetsTracksTakeTurns) {
    Scheduler scheduler(1);
    for (TrackId id = 1; id <= 3; ++id)
        scheduler.ready(id, kStart);
    std::vector<TrackId> served;
    for (int i = 0; i < 7; ++i) {
        const auto now = kStart + i * 1ms;
        const auto id = scheduler.next(now);
        ASSERT_TRUE(id);
        served.push_back(*id);
        scheduler.finished(*id);
        scheduler.ready(*id, now);
    }
    EXPECT_EQ(served, (std::vector<TrackId>{1, 2, 3, 1, 2, 3, 1}));
}

TEST(Scheduler, OneStuckTrackTakesOneSlotOnly) {
    Scheduler scheduler(2);
    scheduler.ready(9, kStart);
    ASSERT_EQ(scheduler.next(kStart), 9U); // never finished
    scheduler.ready(1, kStart);
    scheduler.ready(2, kStart);
    for (int i = 0; i < 10; ++i) {
        const auto id = scheduler.next(kStart + i * 1ms);
        ASSERT_TRUE(id) << i;
        EXPECT_NE(*id, 9U);
        scheduler.finished(*id);
        scheduler.ready(*id, kStart + i * 1ms);
    }
}

TEST(Scheduler, ServesATrackOnlyFromItsTimeOn) {
    Scheduler scheduler(4);
    scheduler.ready(1, kStart + 500ms);
    EXPECT_EQ(scheduler.next(kStart + 499ms), std::nullopt);
    EXPECT_EQ(scheduler.wakeAt(), kStart + 500ms);
    EXPECT_EQ(scheduler.next(kStart + 500ms), 1U);
    EXPECT_EQ(scheduler.wakeAt(), std::nullopt);
}

TEST(Scheduler, GivesAWaitingTrackItsNewTime) {
    Scheduler scheduler(4);
    scheduler.ready(1, kStart + 30s);
    scheduler.ready(1, kStart);
    EXPECT_EQ(scheduler.next(kStart), 1U);
    EXPECT_EQ(scheduler.wakeAt(), std::nullopt);
}

TEST(Scheduler, ABusyTrackIsNotServedTwice) {
    Scheduler scheduler(4);
    scheduler.ready(1, kStart);
    ASSERT_EQ(scheduler.next(kStart), 1U);
    scheduler.ready(1, kStart);
    EXPECT_EQ(scheduler.next(kStart), std::nullopt);
}

TEST(Scheduler, DoesNotAskToBeWokenWhileTheLimitIsReached) {
    Scheduler scheduler(1);
    scheduler.ready(1, kStart);
    ASSERT_TRUE(scheduler.next(kStart));
    scheduler.ready(2, kStart + 1s);
    EXPECT_EQ(scheduler.wakeAt(), std::nullopt) << "it would only spin: a finished request looks again";
}

TEST(Scheduler, ForgetsATrackWhereverItStands) {
    Scheduler scheduler(1);
    scheduler.ready(1, kStart);
    ASSERT_EQ(scheduler.next(kStart), 1U);
    scheduler.ready(2, kStart);
    EXPECT_EQ(scheduler.next(kStart), std::nullopt) << "2 is in line";
    scheduler.ready(3, kStart + 1s);
    for (const TrackId id : {1U, 2U, 3U, 4U})
        scheduler.forget(id);
    EXPECT_EQ(scheduler.busy(), 0U);
    EXPECT_EQ(scheduler.next(kStart + 2s), std::nullopt);
    EXPECT_EQ(scheduler.wakeAt(), std::nullopt);
}

} // namespace
} // namespace lm::imentivsink
