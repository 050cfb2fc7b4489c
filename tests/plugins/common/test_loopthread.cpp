#include "plugins/common/loopthread.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

using lm::LoopThread;

TEST(LoopThread, RunsPostedCallsInOrderOnItsThread) {
    std::vector<int> order;
    {
        LoopThread thread("test");
        for (int i = 0; i < 5; ++i)
            thread.post([&, i] {
                EXPECT_TRUE(thread.isCurrent());
                order.push_back(i);
            });
    }
    EXPECT_EQ(order, (std::vector{0, 1, 2, 3, 4}));
}

TEST(LoopThread, RunWaitsAndMayBeCalledFromTheThreadItself) {
    LoopThread thread("test");
    int value = 0;
    thread.run([&] { thread.run([&] { value = 1; }); });
    EXPECT_EQ(value, 1);
    EXPECT_FALSE(thread.isCurrent());
}

TEST(LoopThread, DestroysTheCallAfterItRan) {
    auto token = std::make_shared<int>(0);
    {
        LoopThread thread("test");
        thread.post([token] {});
    }
    EXPECT_EQ(token.use_count(), 1);
}
