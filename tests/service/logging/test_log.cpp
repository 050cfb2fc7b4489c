#include "service/logging/log.hpp"

#include <gtest/gtest.h>

namespace lm::logging {
namespace {

std::string fieldOf(const std::string& value) {
    const std::string line = formatLine({}, Level::Info, "c", "m", {{"k", value}});
    return line.substr(line.find("k="));
}

TEST(Log, IsOneLineAnEvent) {
    EXPECT_EQ(formatLine(domain::UtcTime(std::chrono::milliseconds(1)), Level::Info, "egress",
                         "track started",
                         {{"track", "TR_1"}, {"room", "my room"}, {"samples", 480}, {"clean", true}}),
              "1970-01-01T00:00:00.001Z info  egress: track started track=TR_1 room=\"my room\" samples=480 "
              "clean=true");
}

TEST(Log, QuotesWhatCouldImitateAField) {
    EXPECT_EQ(fieldOf(""), "k=\"\"");
    EXPECT_EQ(fieldOf("a room=b"), "k=\"a room=b\"");
    EXPECT_EQ(fieldOf("a\" b"), "k=\"a\\\" b\"");
    EXPECT_EQ(fieldOf("a\\ b"), "k=\"a\\\\ b\"");
    EXPECT_EQ(fieldOf("J\xC3\xBCrgen"), "k=\"J\xC3\xBCrgen\"");
}

TEST(Log, CannotBeBrokenByAValue) {
    EXPECT_EQ(fieldOf("a\n2026 error"), "k=\"a\\n2026 error\"");
    EXPECT_EQ(fieldOf("\x1B[31m"), "k=\"\\u001b[31m\"");
    EXPECT_EQ(fieldOf("\xE2\x80\xAE"), "k=\"\\u202e\"");
    EXPECT_EQ(fieldOf("\xD8\x9C"), "k=\"\\u061c\"");
    EXPECT_EQ(fieldOf("\xF3\xA0\x81\x81"), "k=\"\\U000e0041\"");
    EXPECT_EQ(fieldOf("\xFF"), "k=\"\\xff\"");
    EXPECT_EQ(fieldOf(std::string(1, '\0')), "k=\"\\u0000\"");
}

TEST(Log, CutsLongValues) {
    EXPECT_LT(fieldOf(std::string(5000, 'x')).size(), 600u);
    std::string umlauts = "x";
    for (int i = 0; i < 1000; ++i)
        umlauts += "\xC3\xBC";
    EXPECT_EQ(fieldOf(umlauts).find("\\x"), std::string::npos);
}

TEST(Log, AsJsonHasTheSameFields) {
    EXPECT_EQ(
        formatJson(domain::UtcTime(std::chrono::milliseconds(1)), Level::Info, "egress", "track started",
                   {{"track", "TR_1"}, {"room", "my room"}, {"samples", 480}, {"clean", true}}),
        R"({"ts":"1970-01-01T00:00:00.001Z","level":"info","component":"egress","message":"track started",)"
        R"("track":"TR_1","room":"my room","samples":480,"clean":true})");
}

TEST(Log, AsJsonCannotBeBrokenByAValue) {
    const auto valueOf = [](const std::string& value) {
        const std::string line = formatJson({}, Level::Info, "c", "m", {{"k", value}});
        return line.substr(line.find("\"k\":") + 4);
    };
    EXPECT_EQ(valueOf("a\n\"},{"), R"("a\u000a\"},{"})");
    EXPECT_EQ(valueOf("back\\slash"), R"("back\\slash"})");
    EXPECT_EQ(valueOf("\xFF\xC3\xBC"), "\"\\ufffd\xC3\xBC\"}");
    EXPECT_EQ(valueOf(std::string("\0\x1B", 2)), R"("\u0000\u001b"})");
    EXPECT_LT(valueOf(std::string(5000, 'x')).size(), 600u);
}

TEST(Log, AsJsonNeverNamesAMemberTwice) {
    const std::string line = formatJson({}, Level::Info, "c", "m", {{"message", "other"}, {"ts", 1}});
    EXPECT_NE(line.find(R"("message":"m","message_":"other","ts_":1})"), std::string::npos) << line;
}

TEST(Log, AsJsonKeepsANumberThatJsonCannotWriteAsText) {
    const std::string line = formatJson({}, Level::Info, "c", "m", {{"k", 0.0 / 0.0 * 0}});
    EXPECT_TRUE(line.ends_with("nan\"}")) << line;
}

TEST(Log, KeepsToItsLevel) {
    std::vector<std::string> lines;
    setSink([&](std::string_view line) { lines.emplace_back(line); });
    setLevel(Level::Warning);
    info("c", "not this");
    warning("c", "this");
    setLevel(Level::Info);
    setSink({});
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_NE(lines[0].find("this"), std::string::npos);
    EXPECT_FALSE(levelFromName("loud"));
}

} // namespace
} // namespace lm::logging
