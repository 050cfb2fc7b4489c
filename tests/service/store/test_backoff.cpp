#include "service/store/backoff.hpp"

#include <gtest/gtest.h>

namespace lm::store {
namespace {

using std::chrono::milliseconds;

class BackoffTest : public ::testing::Test {
protected:
    /// Fails when it is due, and says how long it then waits.
    milliseconds fail() {
        EXPECT_TRUE(backoff_.due(now_));
        backoff_.failed(now_);
        const auto wait = std::chrono::duration_cast<milliseconds>(backoff_.retryAt() - now_);
        EXPECT_FALSE(backoff_.due(backoff_.retryAt() - milliseconds(1)));
        now_ = backoff_.retryAt();
        return wait;
    }
    Backoff backoff_{milliseconds(250), milliseconds(1500)};
    Backoff::Time now_{std::chrono::hours(1)};
};

TEST_F(BackoffTest, IsDueAtOnceBeforeAnyFailure) {
    EXPECT_TRUE(backoff_.due(now_));
}

TEST_F(BackoffTest, WaitsTwiceAsLongAfterEachFailureUpToABound) {
    for (const int wait : {250, 500, 1000, 1500, 1500})
        EXPECT_EQ(fail(), milliseconds(wait));
}

TEST_F(BackoffTest, BeginsAnewAfterASuccess) {
    fail();
    fail();
    backoff_.succeeded();
    EXPECT_TRUE(backoff_.due(now_));
    EXPECT_EQ(fail(), milliseconds(250));
}

} // namespace
} // namespace lm::store
