#include "service/json/json.hpp"

#include <gtest/gtest.h>

#include <glib/gstdio.h>

namespace {

using namespace lm;
using json::parse;

TEST(Json, ReadsAnObject) {
    const auto node = parse(R"({"a": "b"})", "x");
    ASSERT_TRUE(node);
    EXPECT_EQ(json::stringMember(node->get(), "a"), "b");
    EXPECT_EQ(json::stringMember(node->get(), "missing"), "");
    EXPECT_EQ(json::toText(node->get()), R"({"a":"b"})");
}

struct Bad {
    const char* text;
    const char* where;
    const char* reason;
};

class RejectedText : public testing::TestWithParam<Bad> {};

TEST_P(RejectedText, NamesFileLineColumnAndReason) {
    const auto node = parse(GetParam().text, "f.json");
    ASSERT_FALSE(node);
    EXPECT_EQ(node.error().where, GetParam().where);
    EXPECT_NE(node.error().message.find(GetParam().reason), std::string::npos) << node.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    Json, RejectedText,
    testing::Values(Bad{"{\n \"a\": 1,\n  \"b\": x\n}", "f.json:3:8", "unexpected identifier"},
                    Bad{"", "f.json:1:1", "empty"}, Bad{" \n", "f.json:1:1", "empty"},
                    Bad{"{}\n\xff", "f.json:2:1", "UTF-8"}, Bad{"{\"é\": \xff}", "f.json:1:7", "UTF-8"},
                    Bad{"{\"a\":1} x", "f.json:1:9", "behind the value"},
                    Bad{"{}{}", "f.json:1:3", "behind the value"},
                    Bad{"[] []", "f.json:1:4", "behind the value"},
                    Bad{"1 2", "f.json:1:3", "behind the value"},
                    Bad{"\"a\" {}", "f.json:1:5", "behind the value"},
                    Bad{"1[]", "f.json:1:2", "behind the value"}, Bad{"[1,2", "f.json:1:4", "unexpected"}));

TEST(Json, RefusesDepthThatWouldExhaustTheStack) {
    const std::string deep(100'000, '[');
    const auto node = parse(deep, "deep");
    ASSERT_FALSE(node);
    EXPECT_EQ(node.error().where, "deep:1:65");
    EXPECT_TRUE(parse(std::string(64, '[') + std::string(64, ']'), "ok"));
}

TEST(Json, BracketsInsideStringsAreNoDepth) {
    EXPECT_TRUE(parse("[\"\\\"" + std::string(1000, '[') + "\"]", "x"));
}

TEST(Json, NestingCannotHideBehindAComment) {
    const auto node = parse("{\"a\": /*\"*/" + std::string(1000, '['), "x");
    ASSERT_FALSE(node);
    EXPECT_EQ(node.error().where, "x:1:7");
    EXPECT_TRUE(parse("[\"//\", \"/**/\"]", "x"));
}

TEST(Json, AnUnreadableFileIsNamed) {
    const auto node = json::parseFile("/nonexistent/file.json");
    ASSERT_FALSE(node);
    EXPECT_EQ(node.error().where, "/nonexistent/file.json");
    EXPECT_NE(json::describe(node.error()).find("No such file"), std::string::npos);
}

TEST(Json, PointerStepsAreEscaped) {
    EXPECT_EQ(json::pointerStep("a/b~c"), "/a~1b~0c");
}

} // namespace
