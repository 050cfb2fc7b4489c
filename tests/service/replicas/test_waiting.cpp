#include "service/replicas/waiting.hpp"

#include <gtest/gtest.h>

namespace lm::replicas {
namespace {

TEST(Waiting, BytesAreBoundedAndComeBack) {
    Waiting waiting;
    EXPECT_TRUE(waiting.take(maxWaitingBytes));
    EXPECT_FALSE(waiting.take(1));
    waiting.give(maxWaitingBytes);
    EXPECT_TRUE(waiting.take(maxWaitingBytes)) << "what was refused is not counted";
}

TEST(Waiting, SoAreMessagesHoweverSmall) {
    Waiting waiting;
    for (std::size_t i = 0; i < maxWaitingMessages; ++i)
        ASSERT_TRUE(waiting.take(0));
    EXPECT_FALSE(waiting.take(0));
    waiting.give(0);
    EXPECT_TRUE(waiting.take(0));
}

} // namespace
} // namespace lm::replicas
