#include "service/association/match.hpp"

#include <gtest/gtest.h>

namespace lm::association {
namespace {

constexpr std::chrono::minutes reach{10};
using Matches = std::vector<Match>;

domain::UtcTime at(int seconds) {
    return domain::UtcTime(std::chrono::seconds(seconds));
}

store::Pairing pairing(const std::string& track, const std::string& meeting, int sessionStart,
                       std::optional<int> trackEnd = 2000) {
    store::Pairing p{track, at(1000), {}, meeting, at(sessionStart)};
    if (trackEnd) p.trackEnd = at(*trackEnd);
    return p;
}

Matches matched(const std::vector<store::Pairing>& pairings, bool runs = false) {
    return match(pairings, reach, [=](const std::string&) { return runs; });
}

TEST(Match, TakesTheSessionThatBeganLastBeforeTheTrack) {
    EXPECT_EQ(matched({pairing("t", "old", 10), pairing("t", "own", 1000), pairing("t", "next", 1001)}),
              (Matches{{"t", "own"}}));
    EXPECT_EQ(matched({pairing("t", "next", 1001), pairing("t", "own", 1000), pairing("t", "old", 10)}),
              (Matches{{"t", "own"}}));
}

TEST(Match, TakesTheFirstThatBeganLaterWhenThereIsNoOther) {
    EXPECT_EQ(
        matched({pairing("t", "second", 1900), pairing("t", "first", 1500), pairing("t", "third", 2100)}),
        (Matches{{"t", "first"}}));
}

TEST(Match, TakesNothingThatBeganLongAfterTheStartOfATrackThatACrashCut) {
    EXPECT_EQ(matched({pairing("t", "RM", 1600, {})}), (Matches{{"t", "RM"}}));
    EXPECT_EQ(matched({pairing("t", "RM", 1601, {})}), Matches{});
    EXPECT_EQ(matched({pairing("t", "RM", 90'000, {})}, true), (Matches{{"t", "RM"}})) << "it runs";
}

TEST(Match, LooksAtEachTrackForItself) {
    EXPECT_EQ(matched({pairing("a", "RM_1", 10), pairing("a", "RM_2", 20), pairing("b", "RM_1", 10),
                       pairing("c", "RM_3", 5000, {}), pairing("d", "RM_1", 10)}),
              (Matches{{"a", "RM_2"}, {"b", "RM_1"}, {"d", "RM_1"}}));
    EXPECT_EQ(matched({}), Matches{});
}

} // namespace
} // namespace lm::association
