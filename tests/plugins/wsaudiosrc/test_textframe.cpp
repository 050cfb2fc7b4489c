#include "plugins/common/mediasource/textframe.hpp"

#include <gtest/gtest.h>

using namespace lm::mediasource;

namespace {

bool isBad(std::string_view text) {
    return std::holds_alternative<BadText>(parseTextFrame(text));
}

} // namespace

TEST(TextFrame, ReadsLiveKitsMuteEvents) {
    const auto muted = parseTextFrame("{\"muted\":true}"), unmuted = parseTextFrame("{\"muted\":false}");
    ASSERT_TRUE(std::holds_alternative<MuteText>(muted));
    ASSERT_TRUE(std::holds_alternative<MuteText>(unmuted));
    EXPECT_TRUE(std::get<MuteText>(muted).muted);
    EXPECT_FALSE(std::get<MuteText>(unmuted).muted);
}

TEST(TextFrame, ToleratesUnknownEvents) {
    EXPECT_TRUE(std::holds_alternative<OtherText>(parseTextFrame("{\"event\":\"hello\"}")));
    EXPECT_TRUE(std::holds_alternative<OtherText>(parseTextFrame("{}")));
}

TEST(TextFrame, SaysWhatIsWrongWithTheRest) {
    for (const char* bad : {"", " ", "hello", "{\"muted\":", "[]", "7", "null", "{\"muted\":1}",
                            "{\"muted\":null}", "{\"muted\":\"true\"}", "{\"muted\":{}}"})
        EXPECT_TRUE(isBad(bad)) << bad;
}

TEST(TextFrame, IsOneValue) {
    for (const char* bad :
         {"{}{}", "{} {\"muted\":true}", "1 {\"muted\":true}", "null\t{}", "{\"muted\":true}1"})
        EXPECT_TRUE(isBad(bad)) << bad;
    EXPECT_FALSE(isBad(" {\"a\":[{},{},[1, 2]],\"b\":\"} {\"}\n"));
}

TEST(TextFrame, DoesNotFollowNestingWithoutEnd) {
    EXPECT_TRUE(isBad(std::string(500000, '[')));
    EXPECT_TRUE(isBad("{\"a\":" + std::string(100, '[') + std::string(100, ']') + "}"));
}

TEST(TextFrame, IsNotDeceivedAboutNestingByStringsOrComments) {
    std::string climbing, commented;
    for (int i = 0; i < 100; ++i) {
        climbing += "[\"]\",";
        commented += "/*]*/[";
    }
    EXPECT_TRUE(isBad("{\"a\":" + climbing + "1" + std::string(100, ']') + "}"));
    EXPECT_TRUE(isBad("{\"a\":" + commented + "1" + std::string(100, ']') + "}"));
    EXPECT_TRUE(isBad("{/*\"*/\"a\":[/*\"*/1]}"));
    EXPECT_FALSE(isBad("{\"a\":\"" + std::string(100, '[') + "//\"}"));
}
