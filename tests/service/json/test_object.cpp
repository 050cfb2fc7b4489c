#include "service/json/object.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace {

using namespace lm;
using json::Object;

TEST(JsonObject, WritesMembersInTheOrderInWhichTheyWereSet) {
    EXPECT_EQ(Object()
                  .text("z", "quote \"")
                  .count("a", 7)
                  .boolean("m", true)
                  .seconds("s", 1'500'000'000)
                  .null("n")
                  .node("o", Object().text("in", "side").node())
                  .str(),
              R"({"z":"quote \"","a":7,"m":true,"s":1.5,"n":null,"o":{"in":"side"}})");
}

TEST(JsonObject, WhatJsonCannotSayIsNullOrTheNearest) {
    const double infinity = std::numeric_limits<double>::infinity();
    EXPECT_EQ(Object().number("a", infinity).number("b", -infinity).number("c", std::nan("")).str(),
              R"({"a":null,"b":null,"c":null})");
    EXPECT_EQ(Object().count("n", std::numeric_limits<std::uint64_t>::max()).str(),
              R"({"n":9223372036854775807})");
    EXPECT_EQ(Object().node("n", {}).str(), R"({"n":null})");
}

TEST(JsonObject, BytesThatAreNoUtf8AreReplaced) {
    const std::string text = Object().text("file", "/rec/\xFF.wav").str();
    EXPECT_TRUE(json::parse(text, "object")) << text;
    EXPECT_NE(text.find(".wav"), std::string::npos);
}

TEST(JsonObject, CanBeReadWhileItGrows) {
    Object object;
    const auto before = object.text("a", "1").node();
    object.text("b", "2");
    EXPECT_EQ(json::stringMember(before.get(), "a"), "1");
    EXPECT_EQ(object.str(), R"({"a":"1","b":"2"})");
}

struct Point : json::Members<Point> {
    Point& place(unsigned x, unsigned y) { return count("x", x).count("y", y); }
};

TEST(JsonObject, ATypeWithMembersOfItsOwnStaysInTheChain) {
    EXPECT_EQ(Point().text("name", "p").place(1, 2).boolean("last", false).str(),
              R"({"name":"p","x":1,"y":2,"last":false})");
}

TEST(JsonArray, HoldsWhatIsMadeOfEachValue) {
    const std::vector<std::string> words{"a", "b"};
    EXPECT_EQ(json::toText(json::array(words, json::text).get()), R"(["a","b"])");
    EXPECT_EQ(json::toText(json::array(std::vector<std::string>(), json::text).get()), "[]");
}

} // namespace
