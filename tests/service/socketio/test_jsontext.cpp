#include "service/socketio/jsontext.hpp"

#include <gtest/gtest.h>

namespace lm::socketio {
namespace {

using Views = std::vector<std::string_view>;

TEST(JsonText, KnowsAValueFromWhatIsNone) {
    for (const char* value :
         {"{}", "[]", "1", "-0.5e+10", "\"\"", "true", "false", "null", " [1, {\"a\": [ ]} ] ",
          R"("\u12aF\n\\\"")", "123456789012345678901234567890", R"("\ud800")"})
        EXPECT_TRUE(isJson(value)) << value;
    for (const char* none :
         {"",          " ",      "{",  "[",  "[1,]", "{\"a\"}", "{\"a\":}",   "{a:1}", "[1 2]",
          "01",        "1.",     ".5", "+1", "1e",   "tru",     "nul",        "\"",    "\"\\x\"",
          "\"\\u12\"", "\"\n\"", "[}", "{]", "1 2",  "[],",     "{\"a\":1,}", "'a'",   "undefined"})
        EXPECT_FALSE(isJson(none)) << none;
}

TEST(JsonText, DepthHasAnEnd) {
    const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
    EXPECT_TRUE(isJson(nested(maxJsonDepth)));
    EXPECT_FALSE(isJson(nested(maxJsonDepth + 1)));
    EXPECT_FALSE(isJson(std::string(1'000'000, '[')));
}

TEST(JsonText, SplitsAnArrayIntoTextsAsTheyStand) {
    EXPECT_EQ(splitArray(R"( [ "a" , {"b":[1, 2]} ,1e400, [ ] ] )"),
              (Views{R"("a")", R"({"b":[1, 2]})", "1e400", "[ ]"}));
    EXPECT_EQ(splitArray("[]"), Views{});
    for (const char* none : {"{}", "1", "", "[1", "[1,]", "[]x", "[,1]"})
        EXPECT_FALSE(splitArray(none)) << none;
}

TEST(JsonText, FindsAMemberOfAnObject) {
    EXPECT_EQ(memberOf(R"({"a":1,"token": "x" ,"b":{"token":2}})", "token"), R"("x")");
    EXPECT_EQ(memberOf(R"({"token":1,"token":2})", "token"), "2"); // as JSON.parse has it
    for (const char* none : {"{}", R"(["token"])", R"({"b":{"token":2}})", R"({"token":)", "1"})
        EXPECT_FALSE(memberOf(none, "token")) << none;
}

TEST(JsonText, ReadsWhatAStringStandsFor) {
    EXPECT_EQ(unquote(R"("a\"\\\/\n\u00e9\ud83d\ude00")"), "a\"\\/\n\u00e9\U0001F600");
    EXPECT_EQ(unquote(R"("\ud83dx\ude00")"), "\uFFFDx\uFFFD");
    for (const char* none : {"a", "1", "", "\"", "\"a\"b"})
        EXPECT_FALSE(unquote(none)) << none;
}

TEST(JsonText, WritesAStringThatReadsAsTheSame) {
    const std::string text = "a\"\\\n\x01\x1f\u00e9\U0001F600/";
    EXPECT_EQ(quote(text), "\"a\\\"\\\\\\u000a\\u0001\\u001f\u00e9\U0001F600/\"");
    EXPECT_EQ(unquote(quote(text)), text);
}

TEST(JsonText, PlaceholdersMustPointToAnAttachment) {
    const auto holder = [](const std::string& number) {
        return R"([{"a":{"_placeholder":true,"num":)" + number + "}}]";
    };
    EXPECT_TRUE(checkPlaceholders(holder("0"), 1));
    EXPECT_TRUE(checkPlaceholders(holder("1"), 2));
    EXPECT_FALSE(checkPlaceholders(holder("1"), 1));
    for (const char* wrong : {"-1", "null", "\"0\"", "99999999999999999999999", "0.5e9", "0.0", "0e1"})
        EXPECT_FALSE(checkPlaceholders(holder(wrong), 1)) << wrong;
    EXPECT_FALSE(checkPlaceholders(R"([{"_placeholder":true}])", 1));
    EXPECT_FALSE(checkPlaceholders(R"([{"\u005fplaceholder":true,"num":9}])", 1))
        << "a client reads it as one";
    EXPECT_FALSE(checkPlaceholders(R"([{"_placeholder":true,"num":0,"n\u0075m":9}])", 1));
}

TEST(JsonText, WhatOnlyLooksLikeAPlaceholderIsNone) {
    for (const char* other : {R"([{"_placeholder":false,"num":9}])", R"(["_placeholder",{"num":9}])",
                              R"([{"a":"_placeholder","num":9}])", R"([{"a":{"_placeholder":1},"num":9}])"})
        EXPECT_TRUE(checkPlaceholders(other, 1)) << other;
}

TEST(JsonText, PlaceholdersThatWouldCostTooMuchAreRefused) {
    std::string many = "[0";
    for (int i = 0; i < 100; ++i)
        many += R"(,{"_placeholder":true,"num":0})";
    EXPECT_FALSE(checkPlaceholders(many + ']', 1));
}

} // namespace
} // namespace lm::socketio
