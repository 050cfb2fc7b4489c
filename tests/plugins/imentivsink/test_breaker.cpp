#include "plugins/imentivsink/circuits.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lm::imentivsink {
namespace {

using namespace std::chrono_literals;
using State = Breaker::State;

const Clock::time_point kStart{};

Breaker opened(unsigned failures = 3) {
    Breaker breaker;
    breaker.setLimits({failures, 1000ms, 4000ms, 60s});
    for (unsigned i = 0; i < failures; ++i)
        breaker.failed(kStart, 0.999);
    return breaker;
}

TEST(Breaker, OpensAfterFailuresInARow) {
    Breaker breaker;
    breaker.setLimits({3, 1000ms, 4000ms, 60s});
    breaker.failed(kStart, 0);
    breaker.failed(kStart, 0);
    breaker.succeeded();
    breaker.failed(kStart, 0);
    breaker.failed(kStart, 0);
    EXPECT_EQ(breaker.state(), State::Closed) << "a success between them starts the count anew";
    breaker.failed(kStart, 0);
    EXPECT_EQ(breaker.state(), State::Open);
    EXPECT_FALSE(breaker.admit(kStart));
}

TEST(Breaker, LetsOneProbeOutWhenThePauseIsOver) {
    auto breaker = opened();
    EXPECT_FALSE(breaker.admit(kStart + 900ms));
    EXPECT_TRUE(breaker.admit(kStart + 1000ms));
    EXPECT_EQ(breaker.state(), State::HalfOpen);
    EXPECT_FALSE(breaker.admit(kStart + 10s)) << "until the probe is back";
}

TEST(Breaker, ClosesWithTheProbesSuccess) {
    auto breaker = opened();
    ASSERT_TRUE(breaker.admit(kStart + 1s));
    breaker.succeeded();
    EXPECT_EQ(breaker.state(), State::Closed);
    EXPECT_TRUE(breaker.admit(kStart + 1s));
}

TEST(Breaker, WaitsTwiceAsLongAfterEveryFailedProbeUpToALimit) {
    auto breaker = opened();
    auto now = kStart + 1s;
    for (const auto pause : {2s, 4s, 4s}) {
        ASSERT_TRUE(breaker.admit(now));
        breaker.failed(now, 0.0);
        EXPECT_EQ(breaker.probeAt(), now + pause / 2) << "chance 0 is half of the pause";
        now = breaker.probeAt();
    }
}

TEST(Breaker, FailuresOfWhatWasSentBeforeItOpenedDoNotPutTheProbeOff) {
    auto breaker = opened();
    const auto at = breaker.probeAt();
    breaker.failed(kStart + 900ms, 0.5);
    EXPECT_EQ(breaker.probeAt(), at);
}

TEST(Breaker, ARefusedKeyOpensAtOnceAndIsProbedSlowly) {
    Breaker breaker;
    breaker.refused(kStart);
    EXPECT_TRUE(breaker.isRefused());
    EXPECT_FALSE(breaker.admit(kStart + 59s));
    ASSERT_TRUE(breaker.admit(kStart + 60s));
    breaker.refused(kStart + 60s);
    EXPECT_FALSE(breaker.admit(kStart + 119s));
    EXPECT_TRUE(breaker.admit(kStart + 120s));
    breaker.succeeded();
    EXPECT_FALSE(breaker.isRefused());
}

TEST(Breaker, ACancelledProbeIsReplacedAtOnce) {
    auto breaker = opened();
    ASSERT_TRUE(breaker.admit(kStart + 1s));
    breaker.abandoned();
    EXPECT_TRUE(breaker.admit(kStart + 1s));
}

TEST(Circuits, TellEveryChangeOnceAndKeepKeysApart) {
    std::vector<std::string> told;
    Circuits circuits([&](const std::string&, const CircuitChanged& c) {
        told.push_back(std::string(c.state) + (c.refused ? " refused " : " ") + c.endpoint);
    });
    Target one;
    one.endpoint = "http://h/in?token=secret";
    one.authorization = "Bearer a";
    Target other = one;
    other.authorization = "Bearer b";
    circuits.answered(one, Answer::Refused, kStart, 0, "HTTP 401");
    circuits.answered(one, Answer::Refused, kStart, 0, "HTTP 401");
    EXPECT_FALSE(circuits.admit(one, kStart).go);
    EXPECT_TRUE(circuits.admit(other, kStart).go);
    const auto next = circuits.admit(one, kStart).next;
    ASSERT_TRUE(next);
    EXPECT_TRUE(circuits.admit(one, *next).go);
    EXPECT_FALSE(circuits.admit(one, *next).next) << "asked again when the probe is back";
    circuits.answered(one, Answer::Good, kStart, 0, "");
    EXPECT_EQ(told, (std::vector<std::string>{"open refused http://h/in?token=***",
                                              "half-open refused http://h/in?token=***",
                                              "closed http://h/in?token=***"}));
}

} // namespace
} // namespace lm::imentivsink
