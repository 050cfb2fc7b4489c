#include "plugins/wsvideosrc/framebudget.hpp"

#include <gtest/gtest.h>

using lm::wsvideosrc::FrameBudget;
using namespace std::chrono_literals;

namespace {

std::uint64_t takeAll(FrameBudget& budget) {
    std::uint64_t taken = 0;
    while (budget.take())
        ++taken;
    return taken;
}

} // namespace

TEST(FrameBudget, AllowsAFrameAMillisecondAndABurstBehindAPause) {
    FrameBudget budget;
    FrameBudget::Time now{};
    budget.refill(now);
    EXPECT_EQ(takeAll(budget), FrameBudget::most);
    budget.refill(now + 75ms);
    EXPECT_EQ(takeAll(budget), 75U);
    budget.refill(now + 1h);
    EXPECT_EQ(takeAll(budget), FrameBudget::most);
}

TEST(FrameBudget, LosesNothingOfVisitsThatFollowAtOnce) {
    FrameBudget budget;
    FrameBudget::Time now{};
    budget.refill(now);
    takeAll(budget);
    for (int i = 0; i < 10; ++i)
        budget.refill(now += 500us);
    EXPECT_EQ(takeAll(budget), 5U);
}
