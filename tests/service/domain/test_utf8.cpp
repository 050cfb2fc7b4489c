#include "service/domain/utf8.hpp"

#include <gtest/gtest.h>

namespace lm::domain {
namespace {

TEST(Utf8, TakesTheWholeRange) {
    for (const char* text : {"", "a", "\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF",
                             "\xEE\x80\x80", "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"})
        EXPECT_TRUE(isUtf8(text)) << text;
}

TEST(Utf8, RefusesWhatIsNotUtf8) {
    for (const char* text :
         {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
          "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "\xC3", "\xE2\x82", "a\xFF", "\xC3("})
        EXPECT_FALSE(isUtf8(text));
}

TEST(Utf8, ReadsABadByteAsOne) {
    const CodePoint point = readCodePoint("\xE2\x82");
    EXPECT_FALSE(point.valid);
    EXPECT_EQ(point.bytes, 1u);
    EXPECT_EQ(readCodePoint("").bytes, 0u);
}

TEST(Utf8, KnowsWhatMustNotReachATerminal) {
    for (const char32_t c :
         {0x00u,   0x1Bu,    0x7Fu,    0x85u,    0x9Fu,    0xADu,    0x061Cu, 0x180Eu, 0x200Bu,
          0x200Eu, 0x200Fu,  0x2028u,  0x202Au,  0x202Eu,  0x2066u,  0x2069u, 0xFEFFu, 0xFFF9u,
          0xFFFBu, 0x1D173u, 0xE0000u, 0xE0001u, 0xE0041u, 0xE007Fu, 0xE0FFFu})
        EXPECT_TRUE(isUnprintable(c)) << std::hex << static_cast<unsigned>(c);
}

TEST(Utf8, LeavesLettersOfEveryScriptAlone) {
    for (const char32_t c : {0x20u, 0x7Eu, 0xA0u, 0xAEu, 0xE9u, 0x0600u, 0x061Bu, 0x0627u, 0x05D0u, 0x180Fu,
                             0x2010u, 0x2027u, 0x202Fu, 0x4E2Du, 0xFE0Fu, 0xFFFDu, 0x1F600u, 0xE1000u})
        EXPECT_FALSE(isUnprintable(c)) << std::hex << static_cast<unsigned>(c);
}

TEST(Utf8, ShowsAQuestionMarkForWhatCannotBeSeen) {
    EXPECT_EQ(printable("é\x1b[1m\xff"), "é?[1m?");
}

} // namespace
} // namespace lm::domain
