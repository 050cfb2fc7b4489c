#include "service/egresscontrol/wish.hpp"

#include <gtest/gtest.h>

namespace lm::egresscontrol {
namespace {

TEST(Wish, NamesRoomAndTrack) {
    const auto wish = readWish(R"({"roomName":"my room","trackId":"TR_1"})");
    ASSERT_TRUE(wish);
    EXPECT_EQ(wish->room + "|" + wish->track, "my room|TR_1");
}

TEST(Wish, SaysWhichFieldIsWrong) {
    const auto field = [](const std::string& body) {
        const auto wish = readWish(body);
        return wish ? "none" : wish.error().where;
    };
    EXPECT_EQ(field(R"({"trackId":"TR_1"})"), "roomName");
    EXPECT_EQ(field(R"({"roomName":"","trackId":"TR_1"})"), "roomName");
    EXPECT_EQ(field(R"({"roomName":7,"trackId":"TR_1"})"), "roomName");
    EXPECT_EQ(field(R"({"roomName":"r"})"), "trackId");
    EXPECT_EQ(field(R"({"roomName":"r","trackId":")" + std::string(129, 'x') + "\"}"), "trackId");
    EXPECT_EQ(field(R"({"roomName":"r","trackId":"TR_1","websocketUrl":"ws://evil"})"), "websocketUrl");
    EXPECT_EQ(field("[]"), "");
    EXPECT_FALSE(readWish("{"));
}

} // namespace
} // namespace lm::egresscontrol
