#include "service/security/hmac.hpp"
#include "service/security/mediatoken.hpp"

#include <gtest/gtest.h>

namespace lm::security {
namespace {

using Verdict = MediaTokens::Verdict;
using std::chrono::seconds;

constexpr char path[] = "/egress-audio";
const std::string secret = "0123456789abcdef0123456789abcdef";
const std::string other = "fedcba9876543210fedcba9876543210";
constexpr std::int64_t expires = 1'800'000'000;

domain::EgressParameters url() {
    return {{"roomName", "my room"}, {"trackId", "TR_1"},     {"participant", "Zoë/1"},
            {"meetingId", "RM_1"},   {"sampleRate", "48000"}, {"channels", "2"}};
}

domain::EgressParameters signedUrl(const std::string& by = secret) {
    auto parameters = url();
    parameters["token"] = signMediaUrl(by, path, parameters, expires);
    return parameters;
}

Verdict check(const domain::EgressParameters& parameters, std::int64_t now = expires,
              const std::string& at = path) {
    return MediaTokens({secret}).check(at, parameters, seconds(now));
}

TEST(Hmac, IsThatOfTheRfc) { // RFC 4231, test case 2
    EXPECT_EQ(hmacSha256("Jefe", "what do ya want for nothing?"),
              "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM");
}

TEST(Hmac, SameTextSeesEveryDifference) {
    EXPECT_TRUE(sameText("abc", "abc"));
    EXPECT_TRUE(sameText("", ""));
    for (const char* text : {"abd", "bbc", "ab", "abcd", ""})
        EXPECT_FALSE(sameText("abc", text)) << text;
}

TEST(CanonicalUrl, IsWhatIsDocumented) {
    auto parameters = url();
    parameters["token"] = "never a part of it";
    EXPECT_EQ(canonicalMediaUrl("/egress audio", parameters, "17"),
              "v1\n17\n/egress%20audio\nchannels=2\nmeetingId=RM_1\nparticipant=Zo%C3%AB%2F1\n"
              "roomName=my%20room\nsampleRate=48000\ntrackId=TR_1");
}

TEST(CanonicalUrl, CannotBeImitatedByAValue) {
    EXPECT_NE(canonicalMediaUrl(path, {{"roomName", "a\ntrackId=b"}}, "1"),
              canonicalMediaUrl(path, {{"roomName", "a"}, {"trackId", "b"}}, "1"));
    EXPECT_NE(canonicalMediaUrl("/a\n1", {}, "1"), canonicalMediaUrl("/a", {}, "1"));
}

TEST(MediaTokens, AdmitUntilTheyExpireAndTheLeewayLonger) {
    EXPECT_EQ(check(signedUrl(), 0), Verdict::Valid);
    EXPECT_EQ(check(signedUrl(), expires), Verdict::Valid);
    EXPECT_EQ(check(signedUrl(), expires + MediaTokens::leeway.count()), Verdict::Valid);
    EXPECT_EQ(check(signedUrl(), expires + MediaTokens::leeway.count() + 1), Verdict::Expired);
}

TEST(MediaTokens, AdmitTheSameUrlAgain) {
    const auto parameters = signedUrl();
    EXPECT_EQ(check(parameters), Verdict::Valid);
    EXPECT_EQ(check(parameters), Verdict::Valid);
}

TEST(MediaTokens, AreBoundToEveryParameterAndThePath) {
    for (const auto& [name, value] : url()) {
        auto changed = signedUrl();
        changed[name] = value + "0";
        EXPECT_EQ(check(changed), Verdict::Mismatch) << name << " changed";
        changed.erase(name);
        EXPECT_EQ(check(changed), Verdict::Mismatch) << name << " left out";
    }
    auto added = signedUrl();
    added.emplace("groupSeconds", "1");
    EXPECT_EQ(check(added), Verdict::Mismatch);
    EXPECT_EQ(check(signedUrl(), expires, "/egress-video"), Verdict::Mismatch);
}

TEST(MediaTokens, AreBoundToTheirExpiry) {
    auto parameters = signedUrl();
    std::string& token = parameters["token"];
    token[token.find('.') + 1] = '9';
    EXPECT_EQ(check(parameters, expires + 1000), Verdict::Mismatch);
}

TEST(MediaTokens, AnExpiredOneOfAnotherUrlIsAMismatch) {
    auto parameters = signedUrl();
    parameters["roomName"] = "another";
    EXPECT_EQ(check(parameters, expires + 1000), Verdict::Mismatch);
}

TEST(MediaTokens, EverySecretAdmitsAndNoOther) {
    const MediaTokens both({secret, other});
    EXPECT_EQ(both.check(path, signedUrl(secret), seconds(0)), Verdict::Valid);
    EXPECT_EQ(both.check(path, signedUrl(other), seconds(0)), Verdict::Valid);
    EXPECT_EQ(check(signedUrl(other)), Verdict::Mismatch);
    EXPECT_EQ(MediaTokens({}).check(path, signedUrl(), seconds(0)), Verdict::Mismatch);
}

TEST(MediaTokens, OfAnotherShapeAreMalformed) {
    EXPECT_EQ(check(url()), Verdict::Missing);
    const std::string good = signedUrl()["token"];
    const std::string mac = good.substr(good.rfind('.') + 1);
    const auto until = [&](const std::string& text) { return std::string("v1.").append(text).append(mac); };
    for (const std::string& token :
         {std::string("x"), std::string("v2").append(good, 2), until(""), until("."), until("-5."),
          until("1x."), until(" 1."), until("9999999999999."), good + "A", good.substr(0, good.size() - 1),
          good.substr(0, good.size() - 1) + "=", good.substr(0, good.size() - 1) + "."}) {
        auto parameters = url();
        parameters["token"] = token;
        EXPECT_EQ(check(parameters), Verdict::Malformed) << token;
    }
}

} // namespace
} // namespace lm::security
