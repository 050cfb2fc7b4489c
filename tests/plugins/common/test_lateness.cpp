#include "plugins/common/ingest/lateness.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace lm::ingest {
namespace {

using namespace std::chrono_literals;

constexpr Lateness::TimePoint start{1000s};

TEST(Lateness, KeepsTheWorst) {
    Lateness lateness;
    lateness.record(start, start + 3ms);
    lateness.record(start, start + 2ms);
    EXPECT_EQ(lateness.worst(), 3ms);
}

TEST(Lateness, ForgetsWhatWasBadLongAgo) {
    Lateness lateness;
    lateness.record(start, start + 500ms);
    EXPECT_EQ(lateness.recent(start + 1s), 500ms);
    lateness.record(start + 11s, start + 11s + 1ms);
    EXPECT_EQ(lateness.recent(start + 12s), 500ms) << "the last window still counts";
    lateness.record(start + 22s, start + 22s + 2ms);
    EXPECT_EQ(lateness.recent(start + 23s), 2ms);
    lateness.record(start + 90s, start + 90s + 1ms);
    EXPECT_EQ(lateness.recent(start + 91s), 1ms);
    EXPECT_EQ(lateness.worst(), 500ms);
}

TEST(Lateness, ARoundThatDoesNotEndIsLate) {
    Lateness lateness;
    lateness.record(start, start + 1ms);
    lateness.expect(start + 50ms);
    EXPECT_EQ(lateness.recent(start + 40ms), 1ms);
    EXPECT_EQ(lateness.recent(start + 9s), 9s - 50ms);
}

TEST(Lateness, CountsEveryRoundOfTheProcessInItsBucket) {
    const auto before = Lateness::counts();
    const auto sum = Lateness::sum();
    {
        Lateness one, other;
        one.record(start, start + 1ms);
        other.record(start, start + 4ms);
        other.record(start, start + 1h);
    }
    const auto after = Lateness::counts();
    EXPECT_EQ(after.front() - before.front(), 1u);
    EXPECT_EQ(after[2] - before[2], 1u) << "up to 5 ms";
    EXPECT_EQ(after.back() - before.back(), 1u);
    EXPECT_EQ(Lateness::sum() - sum, 1h + 5ms);
}

} // namespace
} // namespace lm::ingest
