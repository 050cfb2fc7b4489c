#include "plugins/wsvideosrc/accessunits.hpp"
#include "tests/plugins/video/samples.hpp"

#include <gtest/gtest.h>

using namespace lm::test;
using lm::wsvideosrc::AccessUnits;

namespace {

std::vector<Bytes> split(const Bytes& stream, std::size_t piece, AccessUnits& units) {
    std::vector<Bytes> all;
    const auto keep = [&](Bytes unit) { all.push_back(std::move(unit)); };
    for (std::size_t at = 0; at < stream.size(); at += piece)
        units.message(lm::video::Bytes(stream).subspan(at, std::min(piece, stream.size() - at)), keep);
    units.finish(keep);
    return all;
}

} // namespace

TEST(AccessUnits, PutsAStreamTogetherWhereverItIsCut) {
    const std::vector<Bytes> wanted{keyUnit(1), unit(2), unit(3), keyUnit(4), unit(5)};
    Bytes stream;
    for (const Bytes& each : wanted)
        stream = stream + each;
    for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
        AccessUnits units(1 << 20);
        EXPECT_EQ(split(stream, piece, units), wanted) << piece;
        EXPECT_EQ(units.droppedBytes(), 0U) << piece;
    }
}

TEST(AccessUnits, ATinyUnitHoldsNoMoreMemoryThanItNeeds) {
    constexpr std::size_t most = 4 << 20;
    Bytes stream = keyUnit(1);
    while (stream.size() + 5 < most / 2)
        stream.insert(stream.end(), {0, 0, 1, 0x65, 0x80});
    stream.resize(most, 0x11);
    AccessUnits units(2 * most);
    std::size_t handed = 0, held = 0;
    units.message(stream, [&](Bytes unit) {
        handed += unit.size();
        held += unit.capacity();
    });
    EXPECT_GT(handed, most / 4);
    EXPECT_LE(held, 2 * handed);
}

TEST(AccessUnits, BelievesMessagesAfterThreeAndWaitsNoMore) {
    AccessUnits units(1 << 20);
    std::vector<Bytes> all;
    const auto keep = [&](Bytes unit) { all.push_back(std::move(unit)); };
    units.message(keyUnit(1), keep);
    EXPECT_EQ(all.size(), 0U);
    units.message(unit(2), keep);
    EXPECT_EQ(all.size(), 1U);
    units.message(unit(3), keep);
    EXPECT_EQ(all.size(), 3U);
    units.message(unit(4), keep);
    EXPECT_EQ(all, (std::vector<Bytes>{keyUnit(1), unit(2), unit(3), unit(4)}));
}

TEST(AccessUnits, KeepsSlicesOfOnePictureTogether) {
    const Bytes second{0x41, 0x12, 0x34}; // first_mb_in_slice is not 0
    AccessUnits units(1 << 20);
    const Bytes stream = keyUnit(1) + unit(2) + code + second + unit(3);
    EXPECT_EQ(split(stream, 5, units), (std::vector<Bytes>{keyUnit(1), unit(2) + code + second, unit(3)}));
}

TEST(AccessUnits, DropsWhatComesBeforeTheFirstStartCode) {
    AccessUnits units(1 << 20);
    EXPECT_EQ(split(Bytes(50, 0xee) + keyUnit(1), 7, units), (std::vector<Bytes>{keyUnit(1)}));
    EXPECT_EQ(units.droppedBytes(), 50U);
}

TEST(AccessUnits, HoldsNoMoreThanItMay) {
    AccessUnits units(1000);
    const Bytes endless = code + Bytes(5000, 0x65);
    EXPECT_TRUE(split(endless, 100, units).empty() || units.droppedBytes() > 0);
    EXPECT_GT(units.droppedBytes(), 0U);
}
