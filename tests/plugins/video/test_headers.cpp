#include "plugins/common/video/h264.hpp"
#include "plugins/common/video/ivf.hpp"
#include "plugins/common/video/vpx.hpp"
#include "tests/plugins/video/samples.hpp"

#include <gtest/gtest.h>

using lm::test::keyUnit, lm::test::unit, lm::test::vp8Delta, lm::test::vp8Key;
using namespace lm::video;

TEST(VideoHeaders, FindsStartCodesOfBothLengths) {
    const std::vector<std::uint8_t> data{9, 0, 0, 0, 1, 0x65, 0, 0, 1, 0x41};
    const auto first = findStartCode(data, 0);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->begin, 1U);
    EXPECT_EQ(first->nal, 5U);
    const auto second = findStartCode(data, first->nal);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->begin, 6U);
    EXPECT_FALSE(findStartCode(data, second->nal));
}

TEST(VideoHeaders, SeesKeyFramesAndTheirSize) {
    const auto key = readVp8Header(vp8Key(0));
    ASSERT_TRUE(key);
    EXPECT_TRUE(key->key);
    EXPECT_EQ(key->size, (Size{320, 240}));
    ASSERT_TRUE(readVp8Header(vp8Delta(0)));
    EXPECT_FALSE(readVp8Header(vp8Delta(0))->key);
    // Profile 0, 8 bits, BT.601, 320x240.
    const std::vector<std::uint8_t> vp9{0x82, 0x49, 0x83, 0x42, 0x20, 0x13, 0xf0, 0x0e, 0xf0, 0x00};
    const auto nine = readVp9Header(vp9);
    ASSERT_TRUE(nine);
    EXPECT_TRUE(nine->key);
    EXPECT_EQ(nine->size, (Size{320, 240}));
    EXPECT_TRUE(inspect(keyUnit(1)).idr);
    EXPECT_FALSE(inspect(unit(1)).idr);
}

TEST(VideoHeaders, TakesNothingThatIsCutOff) {
    const auto whole = vp8Key(0);
    for (std::size_t size = 0; size < 10; ++size)
        EXPECT_FALSE(readVp8Header(std::span<const std::uint8_t>(whole).first(size))) << size;
    EXPECT_FALSE(readVp9Header({}));
    EXPECT_FALSE(readIvfHeader(std::vector<std::uint8_t>(32, 0)));
}
