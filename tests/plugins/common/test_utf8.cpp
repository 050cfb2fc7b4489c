#include "plugins/common/websocket/utf8.hpp"

#include <glib.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

using lm::ws::cutUtf8;
using lm::ws::Utf8Checker;

namespace {

bool valid(std::string_view text) {
    Utf8Checker checker;
    return checker.feed(text) && checker.complete();
}

} // namespace

TEST(Utf8Checker, AcceptsEveryLengthOfCharacter) {
    EXPECT_TRUE(valid("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"));
}

TEST(Utf8Checker, RefusesOverlongSurrogateAndOutOfRangeForms) {
    for (const char* bad : {"\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
                            "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\x80", "\xFF"})
        EXPECT_FALSE(valid(bad)) << bad;
}

TEST(Utf8Checker, IsIncompleteInsideACharacterAndContinuesInTheNextPiece) {
    Utf8Checker checker;
    EXPECT_TRUE(checker.feed("\xE2\x82"));
    EXPECT_FALSE(checker.complete());
    EXPECT_TRUE(checker.feed("\xAC"));
    EXPECT_TRUE(checker.complete());
}

TEST(Utf8Checker, StaysBadAfterTheFirstBadByte) {
    Utf8Checker checker;
    EXPECT_FALSE(checker.feed("\xFF"));
    EXPECT_FALSE(checker.feed("a"));
    checker.reset();
    EXPECT_TRUE(checker.feed("a"));
}

TEST(Utf8Checker, AgreesWithGLibOnRandomBytes) {
    std::mt19937 random(7);
    const unsigned char interesting[] = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0,
                                         0xC2, 0xDF, 0xE0, 0xED, 0xEF, 0xF0, 0xF4, 0xF5, 0xFF};
    for (int round = 0; round < 200000; ++round) {
        std::string text;
        for (auto n = random() % 6; n > 0; --n)
            text.push_back(static_cast<char>(interesting[random() % sizeof interesting]));
        if (text.find('\0') != std::string::npos) continue; // GLib takes NUL for the end
        ASSERT_EQ(valid(text),
                  g_utf8_validate(text.data(), static_cast<gssize>(text.size()), nullptr) != FALSE)
            << testing::PrintToString(text);
    }
}

TEST(CutUtf8, NeverCutsInsideACharacter) {
    EXPECT_EQ(cutUtf8("ab", 5), "ab");
    EXPECT_EQ(cutUtf8("a\xE2\x82\xAC", 3), "a");
    EXPECT_EQ(cutUtf8("a\xE2\x82\xAC", 4), "a\xE2\x82\xAC");
    EXPECT_EQ(cutUtf8("\xE2\x82\xAC", 1), "");
}
