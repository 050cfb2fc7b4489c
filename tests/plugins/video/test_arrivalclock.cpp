#include "plugins/wsvideosrc/arrivalclock.hpp"

#include <gtest/gtest.h>

using lm::wsvideosrc::ArrivalClock;
using Times = std::vector<std::uint64_t>;

TEST(ArrivalClock, SpreadsTheFramesOfAVisitOverItsTime) {
    ArrivalClock clock(75);
    EXPECT_EQ(clock.place(1000, 1), Times{0});
    EXPECT_EQ(clock.origin(), 1000U);
    EXPECT_EQ(clock.place(1075, 2), (Times{37, 75}));
    EXPECT_EQ(clock.place(1150, 3), (Times{100, 125, 150}));
}

TEST(ArrivalClock, SpreadsABurstOverTheTimeItUsuallyTakes) {
    ArrivalClock clock(75);
    std::uint64_t now = 1000;
    clock.place(now, 1);
    for (int i = 0; i < 100; ++i)
        clock.place(now += 66, 2);
    const Times burst = clock.place(now + 2000, 60);
    EXPECT_EQ(burst.back(), now + 2000 - clock.origin());
    for (std::size_t i = 1; i < burst.size(); ++i)
        EXPECT_NEAR(static_cast<double>(burst[i] - burst[i - 1]), 33, 2);
}

TEST(ArrivalClock, AlwaysGoesForward) {
    ArrivalClock clock(75);
    std::uint64_t last = clock.place(10, 1000).back();
    for (const std::uint64_t now : {10U, 10U, 11U, 5U, 5000U})
        for (const std::uint64_t time : clock.place(now, 20)) {
            EXPECT_GT(time, last);
            last = time;
        }
}

TEST(ArrivalClock, LeavesAPauseAPause) {
    ArrivalClock clock(75);
    clock.place(1000, 1);
    const Times after = clock.place(21'000, 1);
    EXPECT_EQ(after, Times{20'000});
}
