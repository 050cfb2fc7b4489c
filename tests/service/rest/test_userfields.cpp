#include "service/rest/userfields.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace lm::rest {
namespace {

TEST(Email, IsOneTextWhateverItWasWrittenLike) {
    EXPECT_EQ(*normalEmail("  Ann.Lee+x@Example.ORG\n"), "ann.lee+x@example.org");
    EXPECT_EQ(*normalEmail("zo\xc3\xab@x.org"), *normalEmail("ZOE\xcc\x88@x.org")) << "composed or not";
    EXPECT_TRUE(normalEmail("o'hara@sub.example.co"));
    EXPECT_TRUE(normalEmail("a@m\xc3\xbcnchen.de"));
}

TEST(Email, IsRefusedWhenItCannotBeOne) {
    for (const std::string& wrong : std::vector<std::string>{"",
                                                             " ",
                                                             "ann",
                                                             "@x.org",
                                                             "ann@",
                                                             "ann@localhost",
                                                             "a@b@c.org",
                                                             "a b@x.org",
                                                             ".a@x.org",
                                                             "a..b@x.org",
                                                             "a@-x.org",
                                                             "a@x..org",
                                                             "a@x.org.",
                                                             "a@x_y.org",
                                                             "<a@x.org>",
                                                             "a,b@x.org",
                                                             "a@x.org\xe2\x80\xae",
                                                             "a\xff@x.org",
                                                             std::string("a\0b@x.org", 9),
                                                             std::string(65, 'a') + "@x.org",
                                                             "a@" + std::string(64, 'x') + ".org",
                                                             std::string(5000, ' ') + "a@x.org"}) {
        const auto email = normalEmail(wrong);
        ASSERT_FALSE(email) << wrong;
        EXPECT_EQ(email.error().where, "email");
    }
}

TEST(Name, IsVisibleAndNotEndless) {
    EXPECT_EQ(*normalName("  Zo\xc3\xab  "), "Zo\xc3\xab");
    EXPECT_EQ(*normalName(""), "");
    std::string longest;
    for (int i = 0; i < 200; ++i)
        longest += "\xc3\xab";
    EXPECT_TRUE(normalName(longest));
    EXPECT_FALSE(normalName(longest + "x"));
    EXPECT_FALSE(normalName("a\x1b[31m"));
    EXPECT_FALSE(normalName("a\xff"));
}

} // namespace
} // namespace lm::rest
