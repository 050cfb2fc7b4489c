#include "plugins/common/files/partname.hpp"

#include <gtest/gtest.h>

namespace {

using lm::files::partName;

TEST(PartName, TheFirstPartHasTheLocation) {
    EXPECT_EQ(partName("a/x.wav", 1, 1), "a/x.wav");
}

TEST(PartName, NumbersStandBeforeTheExtension) {
    EXPECT_EQ(partName("a/x.wav", 2, 1), "a/x-part2.wav");
    EXPECT_EQ(partName("a/x.wav", 1, 3), "a/x-3.wav");
    EXPECT_EQ(partName("a/x.wav", 12, 3), "a/x-part12-3.wav");
}

TEST(PartName, ADotOfADirectoryOrAHiddenFileBeginsNoExtension) {
    EXPECT_EQ(partName("a.b/x", 2, 1), "a.b/x-part2");
    EXPECT_EQ(partName("a.b/.x", 2, 1), "a.b/.x-part2");
    EXPECT_EQ(partName(".x", 2, 1), ".x-part2");
    EXPECT_EQ(partName("x.y.wav", 2, 1), "x.y-part2.wav");
}

} // namespace
