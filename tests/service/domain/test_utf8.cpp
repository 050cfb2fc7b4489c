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

} // namespace
} // namespace lm::domain
