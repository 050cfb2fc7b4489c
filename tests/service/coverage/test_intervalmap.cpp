#include "service/coverage/intervalmap.hpp"

#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <random>

namespace {

using lm::coverage::Interval;
using lm::coverage::IntervalMap;

constexpr std::uint64_t size = 64;
/// A value for every position, 0 for none: what a map must be equal to.
using Plain = std::array<int, size>;

Plain plainOf(const IntervalMap<int>& map) {
    Plain plain{};
    for (const auto& [from, piece] : map.pieces())
        for (std::uint64_t i = from; i < piece.to; ++i) {
            EXPECT_EQ(plain[i], 0) << "two pieces at " << i;
            plain[i] = piece.value;
        }
    return plain;
}

std::vector<Interval> runsOf(const Plain& plain, Interval within, bool covered) {
    std::vector<Interval> runs;
    for (std::uint64_t i = within.from; i < within.to; ++i) {
        if ((plain[i] != 0) != covered) continue;
        if (!runs.empty() && runs.back().to == i)
            ++runs.back().to;
        else
            runs.push_back({i, i + 1});
    }
    return runs;
}

class Random : public testing::TestWithParam<unsigned> {
protected:
    Interval interval() {
        const std::uint64_t a = pick_(engine_), b = pick_(engine_);
        return {std::min(a, b), std::max(a, b)};
    }
    int value() { return 1 + static_cast<int>(pick_(engine_) % 3); }

private:
    std::mt19937 engine_{GetParam()};
    std::uniform_int_distribution<std::uint64_t> pick_{0, size};
};

TEST_P(Random, InsertionsLeaveAtEveryPositionTheLastValuePutThere) {
    IntervalMap<int> map;
    Plain plain{};
    for (int step = 0; step < 60; ++step) {
        const Interval where = interval();
        const int put = value();
        map.put(where, put);
        std::fill(plain.begin() + static_cast<long>(where.from), plain.begin() + static_cast<long>(where.to),
                  put);
        ASSERT_EQ(plainOf(map), plain);
        const Interval within = interval();
        EXPECT_EQ(map.covered(within), runsOf(plain, within, true));
        EXPECT_EQ(map.missing(within), runsOf(plain, within, false));
    }
}

TEST_P(Random, PiecesAreNeverEmptyAndNeighboursNeverEqual) {
    IntervalMap<int> map;
    for (int step = 0; step < 60; ++step) {
        map.put(interval(), value());
        const auto& pieces = map.pieces();
        for (auto at = pieces.begin(); at != pieces.end(); ++at) {
            EXPECT_LT(at->first, at->second.to);
            const auto next = std::next(at);
            if (next == pieces.end()) continue;
            EXPECT_LE(at->second.to, next->first);
            EXPECT_FALSE(at->second.to == next->first && at->second.value == next->second.value);
        }
    }
}

TEST_P(Random, TilesInAnyOrderCoverEverythingInOnePiece) {
    std::array<std::uint64_t, size> order{};
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), std::mt19937(GetParam()));
    IntervalMap<int> map;
    for (const std::uint64_t i : order) {
        EXPECT_TRUE(map.covered({i, i + 1}).empty());
        map.put({i, i + 1}, 1);
    }
    EXPECT_EQ(map.size(), 1U);
    EXPECT_EQ(map.end(), size);
    EXPECT_TRUE(map.missing({0, size}).empty());
}

INSTANTIATE_TEST_SUITE_P(IntervalMap, Random, testing::Range(0U, 50U));

TEST(IntervalMapTest, AnEmptyOneCoversNothing) {
    IntervalMap<int> map;
    map.put({5, 5}, 1);
    EXPECT_EQ(map.size(), 0U);
    EXPECT_EQ(map.end(), 0U);
    EXPECT_EQ(map.missing({3, 9}), (std::vector<Interval>{{3, 9}}));
    EXPECT_TRUE(map.missing({3, 3}).empty());
}

} // namespace
