#include "service/jwt/jwt.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace lm::jwt {
namespace {

// Every token here was made by Node's crypto, with the secret "secret".
constexpr std::chrono::seconds from{1767225600}, until{1767225900};
// {"iss":"devkey","nbf":1767225600,"exp":1767225900}
constexpr char good[] =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJkZXZrZXkiLCJuYmYiOjE3NjcyMjU2MDAsImV4cCI6MTc2NzIyNTk"
    "wMH0.mDWBwSZk0-rvaAvXvbk--e8vOjjfhBSBCfLpullk5qk";
// {"iss":"devkey"}
constexpr char noEnd[] =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJkZXZrZXkifQ.Akw2Qk4yGIx4j2cNxqj-pVUAFu1wLHZVJAhMOjG2"
    "XHk";
// {"exp":"1767225900"}
constexpr char textEnd[] =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOiIxNzY3MjI1OTAwIn0.Q3IcaeJrtw8qWNZM8G4LOm47kcfeeVE8MqV"
    "HX0FJKD8";
// {"exp":1767225900.5}
constexpr char fractionEnd[] =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOjE3NjcyMjU5MDAuNX0.kl-e9YRhc3_X8EdMrIzaOSteQUdnH589o6j"
    "KyzmK4Rc";
// {"nbf":"x","exp":1767225900}
constexpr char textStart[] =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJuYmYiOiJ4IiwiZXhwIjoxNzY3MjI1OTAwfQ.pTVHBO-Gw2L6yeIDviVHuNO9"
    "emPYuoUBKjY5ID_QNiU";
// {"exp":1e300}
constexpr char farEnd[] =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOjFlMzAwfQ.F4eXTTYGjQr0qNsCbE0lX3poiBoa8R0ekCNShpjofRw";
// [1]
constexpr char list[] =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.WzFd.IyrhjME3jKm9nh-sqt-KFHahBbaFb4sQeAuUEroOONk";

std::optional<Fault> faultOf(std::string_view token, std::chrono::seconds now = from,
                             const std::string& secret = "secret") {
    const Verdict verdict = verify(token, secret, now);
    const Fault* fault = std::get_if<Fault>(&verdict);
    return fault ? std::optional(*fault) : std::nullopt;
}

TEST(Jwt, TakesWhatAnotherImplementationSigned) {
    const Verdict verdict = verify(good, "secret", from);
    ASSERT_TRUE(std::holds_alternative<json::Node>(verdict));
    EXPECT_EQ(json::stringMember(std::get<json::Node>(verdict).get(), "iss"), "devkey");
}

TEST(Jwt, SignsWhatAnotherImplementationSigns) {
    // What is left of a token once its claims are in the order of their names.
    const auto token = sign(R"({"exp":1767225900,"iss":"devkey","nbf":1767225600})", "secret");
    ASSERT_TRUE(token) << token.error().message;
    EXPECT_EQ(*token, "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
                      "eyJleHAiOjE3NjcyMjU5MDAsImlzcyI6ImRldmtleSIsIm5iZiI6MTc2NzIyNTYwMH0."
                      "4d4OcJJEZGn8ogyjuFrA1af_JWrm1iXyvFHwTrrGhI8");
}

TEST(Jwt, ClaimsComeBackAsTheyWere) {
    const auto token =
        sign(R"({"exp":1767225900,"name":"Žofie \"Z\"","video":{"room":"a b","roomJoin":true}})", "s");
    ASSERT_TRUE(token);
    const Verdict verdict = verify(*token, "s", from);
    ASSERT_TRUE(std::holds_alternative<json::Node>(verdict));
    JsonNode* claims = std::get<json::Node>(verdict).get();
    EXPECT_EQ(json::stringMember(claims, "name"), "Žofie \"Z\"");
    EXPECT_EQ(json::stringMember(json::member(claims, "video"), "room"), "a b");
}

TEST(Jwt, OneAlgorithmAlone) {
    for (const char* token : {
             // hs512
             "eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9."
             "eyJpc3MiOiJkZXZrZXkiLCJuYmYiOjE3NjcyMjU2MDAsImV4cCI6MTc2NzIyNTk"
             "wMH0.FDY-reweCTsljg2qi2lanRQWJGeBvploLPt1EaX-a95WnxYQ6JeFDPfZE6Pbhi3tqEirfCB9kmV7-P0joAq_pg",
             // hs384
             "eyJhbGciOiJIUzM4NCIsInR5cCI6IkpXVCJ9."
             "eyJpc3MiOiJkZXZrZXkiLCJuYmYiOjE3NjcyMjU2MDAsImV4cCI6MTc2NzIyNTk"
             "wMH0.ZFdOKX7uP57FvxlkDZqgORpz0TZSfF6797P3s7a4USt1lMcscJ_5P7sjQssnG3ne",
             // rs256
             "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9."
             "eyJpc3MiOiJkZXZrZXkiLCJuYmYiOjE3NjcyMjU2MDAsImV4cCI6MTc2NzIyNTk"
             "wMH0.U3Lo8YlFihYls6uPxVpQMYP2phKnedCgb6T5SRxnEg_4rjltoy43qQ7TZr2VuYRumISUNeV1RXOLF-IeVtZx6T_"
             "KzjkrxBF"
             "m1S5El1qRt5IS6dCMISUJVHc2siK6Fqqvgv8dXZuFZR1HFxC9HlMZ7kTYubmuIfD76tTOg00SXkU",
             // noneSigned
             "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0."
             "eyJpc3MiOiJkZXZrZXkiLCJuYmYiOjE3NjcyMjU2MDAsImV4cCI6MTc2NzIyNTkw"
             "MH0.se8gqib9csNMC4nd9G-9hlc-bA90mJMPj_-DLeZXJ00",
             // lower
             "eyJhbGciOiJoczI1NiIsInR5cCI6IkpXVCJ9."
             "eyJpc3MiOiJkZXZrZXkiLCJuYmYiOjE3NjcyMjU2MDAsImV4cCI6MTc2NzIyNTk"
             "wMH0.xt_TcLneN8AbhKwmu1HEZkIa7ZyZYnh7sbOYX41N4ho",
             // noalg
             "eyJ0eXAiOiJKV1QifQ.eyJpc3MiOiJkZXZrZXkiLCJuYmYiOjE3NjcyMjU2MDAsImV4cCI6MTc2NzIyNTkwMH0."
             "CBw8Gfs7l1jWY"
             "MuNXQkYfODR_HgI3cRwvv-NtDZyxjM",
             // crit
             "eyJhbGciOiJIUzI1NiIsImNyaXQiOlsieCJdLCJ4IjoxfQ."
             "eyJpc3MiOiJkZXZrZXkiLCJuYmYiOjE3NjcyMjU2MDAsImV4cCI6M"
             "Tc2NzIyNTkwMH0.qx_mlTkxokykCCEI-PM8C5xyuldYxkWkKombPUwXpuk",
         })
        EXPECT_EQ(faultOf(token), Fault::Algorithm) << token;
    // Without a signature it is not even a token.
    EXPECT_EQ(faultOf("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJleHAiOjE3NjcyMjU5MDB9."), Fault::Malformed);
    EXPECT_NE(faultOf("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImFsZyI6Im5vbmUifQ."
                      "eyJpc3MiOiJkZXZrZXkiLCJuYmYiOjE3NjcyMjU2MDAsI"
                      "mV4cCI6MTc2NzIyNTkwMH0.qHELDBiVe5M3Q_KjFb7_MVtiIxWLqWlqhnoY3eUislM"),
              std::nullopt)
        << "two algorithms in one header";
}

TEST(Jwt, AnotherSecretOrAChangeIsSeen) {
    EXPECT_EQ(faultOf(good, from, "Secret"), Fault::Signature);
    EXPECT_EQ(faultOf(good, from, ""), Fault::Signature);
    for (std::size_t i = 0; i < std::string_view(good).size(); ++i) {
        std::string changed = good;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_NE(faultOf(changed), std::nullopt) << i;
    }
}

TEST(Jwt, TimeHasALeeway) {
    EXPECT_EQ(faultOf(good, from - std::chrono::seconds(60)), std::nullopt);
    EXPECT_EQ(faultOf(good, from - std::chrono::seconds(61)), Fault::Early);
    EXPECT_EQ(faultOf(good, until + std::chrono::seconds(59)), std::nullopt);
    EXPECT_EQ(faultOf(good, until + std::chrono::seconds(60)), Fault::Expired);
    EXPECT_EQ(faultOf(fractionEnd, until + std::chrono::seconds(60)), std::nullopt);
    EXPECT_EQ(faultOf(fractionEnd, until + std::chrono::seconds(61)), Fault::Expired);
    EXPECT_EQ(faultOf(farEnd, until), std::nullopt);
    Rules strict;
    strict.leeway = std::chrono::seconds(0);
    EXPECT_TRUE(std::holds_alternative<Fault>(verify(good, "secret", until, strict)));
}

TEST(Jwt, ATokenMustEnd) {
    for (const char* token : {noEnd, textEnd, textStart})
        EXPECT_EQ(faultOf(token), Fault::Malformed) << token;
    EXPECT_NE(faultOf(list), std::nullopt);
}

TEST(Jwt, WhatIsNoTokenIsMalformed) {
    const std::string token = good;
    for (const std::string& text :
         {std::string(), std::string("."), std::string(".."), std::string("a.b.c"), "Bearer " + token,
          token + ".", token + "=", token + "\n", ' ' + token, token.substr(0, token.rfind('.')), "." + token,
          token + "." + token, std::string("e30.e30"), std::string("W10.e30.AAAA"),
          std::string("bm8.e30.AAAA"), token + '\0'})
        EXPECT_EQ(faultOf(text), Fault::Malformed) << text;
}

TEST(Jwt, LengthIsBounded) {
    const auto token = sign("{\"exp\":1767225900,\"x\":\"" + std::string(6000, 'x') + "\"}", "secret");
    ASSERT_TRUE(token);
    EXPECT_LT(token->size(), 8192u);
    EXPECT_EQ(faultOf(*token), std::nullopt);
    Rules narrow;
    narrow.longest = token->size() - 1;
    EXPECT_EQ(std::get<Fault>(verify(*token, "secret", from, narrow)), Fault::Malformed);
}

TEST(Jwt, NoSecretIsInWhatGoesWrong) {
    for (const char* claims : {"", "[]", "1", "{", "{\"a\":"}) {
        const auto token = sign(claims, "hunter2");
        ASSERT_FALSE(token) << claims;
        EXPECT_EQ(token.error().message.find("hunter2"), std::string::npos);
    }
    EXPECT_FALSE(sign("{}", ""));
    for (const Fault fault :
         {Fault::Malformed, Fault::Algorithm, Fault::Signature, Fault::Early, Fault::Expired})
        EXPECT_EQ(std::string(reason(fault)).back(), '.');
}

} // namespace
} // namespace lm::jwt
