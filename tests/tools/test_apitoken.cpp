#include "service/access/token.hpp"
#include "tools/apitoken/options.hpp"

#include <gtest/gtest.h>

namespace lm::apitoken {
namespace {

const std::string secret(32, 's');
constexpr std::chrono::seconds now{1'800'000'000};

TEST(ApiToken, IsOneThatTheServiceTakes) {
    const auto options = parseOptions({"--role", "operator", "--subject", "ann", "--ttl=60"});
    ASSERT_TRUE(options) << options.error().message;
    const auto token = tokenFor(*options, *signingSecret((secret + "," + std::string(32, 'o')).c_str()), now);
    ASSERT_TRUE(token);
    const auto read = access::readToken(*token, {secret}, now);
    ASSERT_TRUE(std::holds_alternative<access::Caller>(read)) << std::get<std::string>(read);
    EXPECT_EQ(std::get<access::Caller>(read).subject, "ann");
    EXPECT_EQ(std::get<access::Caller>(read).role, access::Role::Operator);
    EXPECT_TRUE(std::holds_alternative<std::string>(
        access::readToken(*token, {secret}, now + std::chrono::hours(1))));
}

TEST(ApiToken, NeedsARole) {
    EXPECT_NE(parseOptions({}).error().message.find("--role"), std::string::npos);
    EXPECT_FALSE(parseOptions({"--role", "root"}));
    EXPECT_FALSE(parseOptions({"--role", "viewer", "--ttl", "0"}));
    EXPECT_TRUE(parseOptions({"--help"})->help);
    EXPECT_NE(helpText().find("API_TOKEN_SECRET"), std::string::npos);
}

TEST(ApiToken, NeverRepeatsTheSecret) {
    EXPECT_FALSE(signingSecret(nullptr));
    EXPECT_FALSE(signingSecret(""));
    const auto tooShort = signingSecret("hunter2");
    ASSERT_FALSE(tooShort);
    EXPECT_EQ(tooShort.error().message.find("hunter2"), std::string::npos);
}

} // namespace
} // namespace lm::apitoken
