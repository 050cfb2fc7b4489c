#include "plugins/imentivsink/encoding.hpp"

#include <gtest/gtest.h>

namespace lm::imentivsink {
namespace {

TEST(Encoding, QueryValuesKeepOnlyUnreservedBytes) {
    EXPECT_EQ(percentEncoded("aZ09-._~"), "aZ09-._~");
    EXPECT_EQ(percentEncoded("a b&c=d#e?f/%+"), "a%20b%26c%3Dd%23e%3Ff%2F%25%2B");
    EXPECT_EQ(percentEncoded("Zoë\r\n"), "Zo%C3%AB%0D%0A");
}

TEST(Encoding, HeaderValueCannotBreakOutOfItsLine) {
    EXPECT_EQ(headerValue("ann\r\nX-Evil: 1"), "ann%0D%0AX-Evil: 1");
    EXPECT_EQ(headerValue(std::string_view("a\0b", 3)), "a%00b");
    EXPECT_EQ(headerValue("\x7f\t"), "%7F%09");
}

TEST(Encoding, HeaderValueKeepsWhatIsPrintable) {
    EXPECT_EQ(headerValue("PA_x7 (Ann Lee) <a@b>"), "PA_x7 (Ann Lee) <a@b>");
    EXPECT_EQ(headerValue(""), "");
}

TEST(Encoding, HeaderValueIsUnambiguous) {
    EXPECT_EQ(headerValue("50%20"), "50%2520");
    EXPECT_EQ(headerValue("Zoë"), "Zo%C3%AB");
    EXPECT_EQ(headerValue(" a "), "%20a%20");
    EXPECT_EQ(headerValue(" "), "%20");
}

TEST(Encoding, SecretsAreOnlyJudgedNeverRewritten) {
    EXPECT_TRUE(isHeaderSafe("sk-123_=/+"));
    EXPECT_FALSE(isHeaderSafe("a b"));
    EXPECT_FALSE(isHeaderSafe("a\nb"));
    EXPECT_FALSE(isHeaderSafe("ké"));
}

TEST(Encoding, TimeIsUtcWithMicroseconds) {
    EXPECT_EQ(rfc3339(0), "1970-01-01T00:00:00.000000Z");
    EXPECT_EQ(rfc3339(1'709'210'096'123'456'789), "2024-02-29T12:34:56.123456Z");
    EXPECT_EQ(rfc3339(-1), "1969-12-31T23:59:59.999999Z");
}

TEST(Encoding, RedactedUrlShowsNeitherUserInformationNorQueryValues) {
    EXPECT_EQ(redactedUrl("https://ann:pw@host:1/in?token=t&x=1&flag#f"),
              "https://***@host:1/in?token=***&x=***&***");
    EXPECT_EQ(redactedUrl("http://host/in"), "http://host/in");
    EXPECT_EQ(redactedUrl("http://a:p/w@host/in"), "http://***@host/in");
    EXPECT_EQ(redactedUrl("a:pw@host"), "***@host");
    EXPECT_EQ(redactedUrl(""), "");
}

} // namespace
} // namespace lm::imentivsink
