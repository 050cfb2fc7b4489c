#include "service/logging/log.hpp"
#include "service/security/ratelimit.hpp"
#include "service/security/refusals.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace lm::security {
namespace {

using namespace std::chrono_literals;
using Time = std::chrono::steady_clock::time_point;

TEST(RateLimit, GivesABurstThenARate) {
    RateLimit limit(2, 5);
    const Time start{};
    for (int i = 0; i < 5; ++i)
        EXPECT_TRUE(limit.take("a", start));
    EXPECT_FALSE(limit.take("a", start));
    EXPECT_TRUE(limit.take("b", start)) << "another address has its own";
    EXPECT_FALSE(limit.take("a", start + 400ms));
    EXPECT_TRUE(limit.take("a", start + 1s));
    EXPECT_TRUE(limit.take("a", start + 1s));
    EXPECT_FALSE(limit.take("a", start + 1s));
    for (int i = 0; i < 5; ++i)
        EXPECT_TRUE(limit.take("a", start + 1h)) << "never more than the burst";
    EXPECT_FALSE(limit.take("a", start + 1h));
}

TEST(RateLimit, ForgetsTheAddressSeenLeastRecently) {
    RateLimit limit(1, 1, 2);
    const Time start{};
    EXPECT_TRUE(limit.take("a", start));
    EXPECT_TRUE(limit.take("b", start));
    EXPECT_FALSE(limit.take("a", start));
    EXPECT_TRUE(limit.take("c", start));
    EXPECT_EQ(limit.addresses(), 2u);
    EXPECT_FALSE(limit.take("a", start)) << "b was forgotten, not a";
    EXPECT_TRUE(limit.take("b", start));
}

TEST(RateLimit, OfZeroIsNone) {
    RateLimit limit(0, 0);
    for (int i = 0; i < 1000; ++i)
        EXPECT_TRUE(limit.take("a", {}));
    EXPECT_EQ(limit.addresses(), 0u);
}

TEST(Refusals, AreCountedAllAndLoggedOncePerRun) {
    Time now{};
    std::vector<std::string> lines;
    logging::setSink([&](std::string_view line) { lines.emplace_back(line); });
    Refusals refusals([&] { return now; });
    for (int i = 0; i < 100; ++i, now += 59s)
        refusals.note("token_expired", "192.0.2.1");
    EXPECT_EQ(lines.size(), 1u);
    refusals.note("too_many_sockets", "192.0.2.1");
    EXPECT_EQ(lines.size(), 2u);
    now += 60s;
    refusals.note("token_expired", "192.0.2.1");
    refusals.note("never heard of", "");
    logging::setSink({});
    ASSERT_EQ(lines.size(), 4u);
    EXPECT_NE(lines[2].find("inTheRunBefore=100"), std::string::npos) << lines[2];
    EXPECT_EQ(refusals.count("token_expired"), 101u);
    EXPECT_EQ(refusals.count("too_many_sockets"), 1u);
    EXPECT_EQ(refusals.count("other"), 1u);
}

} // namespace
} // namespace lm::security
