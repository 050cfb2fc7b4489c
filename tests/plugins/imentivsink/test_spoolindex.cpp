#include "plugins/imentivsink/ageclock.hpp"
#include "plugins/imentivsink/spoolindex.hpp"

#include <gtest/gtest.h>

namespace lm::imentivsink {
namespace {

using namespace std::chrono_literals;

const Clock::time_point kStart{};
constexpr std::uint64_t kRoute = 1;

SpoolIndex::LaneKey lane(const std::string& name) {
    return {1, name, kRoute};
}

TEST(SpoolIndex, GivesOutALaneInOrderOneAtATime) {
    SpoolIndex index;
    for (const std::uint64_t sequence : {2U, 0U, 1U, 1U})
        index.add(lane("a"), {sequence, 10, 100});
    EXPECT_FALSE(index.next(kRoute, kStart)) << "not before all of it is known";
    index.seal();
    EXPECT_EQ(index.totals().blocks, 3U);
    EXPECT_EQ(index.totals().bytes, 30U);
    for (const std::uint64_t expected : {0U, 1U, 2U}) {
        const auto head = index.next(kRoute, kStart);
        ASSERT_TRUE(head);
        EXPECT_EQ(head->item.sequence, expected);
        EXPECT_FALSE(index.next(kRoute, kStart));
        index.done(*head);
    }
    EXPECT_FALSE(index.has(lane("a")));
    EXPECT_EQ(index.totals().blocks, 0U);
}

TEST(SpoolIndex, ServesTheLaneWithTheOldestBlockFirst) {
    SpoolIndex index;
    index.seal();
    index.add(lane("a"), {0, 1, 300});
    index.add(lane("b"), {0, 1, 100});
    index.add(lane("c"), {0, 1, 200});
    EXPECT_EQ(index.oldestS(), 100);
    for (const auto* expected : {"b", "c", "a"})
        EXPECT_EQ(index.next(kRoute, kStart)->lane.session, expected);
    EXPECT_FALSE(index.next(kRoute + 1, kStart)) << "another endpoint";
}

TEST(SpoolIndex, ALaneThatFailedWaitsAndKeepsItsOrder) {
    SpoolIndex index;
    index.seal();
    index.add(lane("a"), {0, 1, 100});
    index.add(lane("a"), {1, 1, 100});
    index.later(*index.next(kRoute, kStart), kStart + 5s);
    EXPECT_FALSE(index.next(kRoute, kStart + 4s));
    EXPECT_EQ(index.wakeAt(kRoute), kStart + 5s);
    const auto again = index.next(kRoute, kStart + 5s);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->item.sequence, 0U);
    EXPECT_EQ(again->attempts, 1U);
}

TEST(SpoolIndex, AParkedLaneWaitsForItsTrackAndTakesAnOlderBlockIn) {
    SpoolIndex index;
    index.seal();
    index.add(lane("a"), {5, 1, 100});
    index.park(*index.next(kRoute, kStart));
    EXPECT_FALSE(index.next(kRoute, kStart));
    index.add(lane("a"), {4, 1, 200});
    index.unpark(lane("a"));
    EXPECT_EQ(index.next(kRoute, kStart)->item.sequence, 4U);
}

TEST(AgeClock, RunsWithTheWallClock) {
    const AgeClock::Steady begin{std::chrono::hours(5)};
    const AgeClock clock(1000, begin);
    EXPECT_EQ(clock.now(1000, begin), 1000);
    EXPECT_EQ(clock.now(1060, begin + std::chrono::minutes(1)), 1060);
}

TEST(AgeClock, DoesNotJumpAheadAndGoesBack) {
    const AgeClock::Steady begin{std::chrono::hours(5)};
    const AgeClock clock(100'000, begin);
    const auto later = begin + std::chrono::minutes(1);
    EXPECT_EQ(clock.now(100'060 + 90'000, later), 100'060) << "set forward by 25 hours";
    EXPECT_EQ(clock.now(100'060 - 90'000, later), 10'060) << "set back";
}

TEST(SpoolIndex, FindsWhatIsTooOld) {
    SpoolIndex index;
    index.seal();
    index.add(lane("a"), {0, 1, 100});
    index.add(lane("b"), {0, 1, 200});
    const auto old = index.takeOlderThan(150);
    ASSERT_TRUE(old);
    EXPECT_EQ(old->lane.session, "a");
    EXPECT_FALSE(index.takeOlderThan(150)) << "it is being dealt with";
    index.done(*old);
    EXPECT_EQ(index.totals().blocks, 1U);
}

} // namespace
} // namespace lm::imentivsink
