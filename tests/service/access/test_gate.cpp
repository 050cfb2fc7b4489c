#include "service/access/gate.hpp"

#include "service/jwt/jwt.hpp"

#include <gtest/gtest.h>

namespace lm::access {
namespace {

constexpr std::int64_t now = 1'800'000'000;
const std::string secret(32, 's'), older(32, 'o'), foreign(32, 'f');

Gate gate(std::vector<std::string> secrets = {secret, older}, bool loopback = false,
          std::vector<std::string> origins = {}) {
    return Gate({std::move(secrets), loopback, std::move(origins), [] { return std::chrono::seconds(now); }});
}

std::string token(Role role, const std::string& with = secret, std::int64_t expires = now + 600) {
    return *makeToken(with, {"ann", role}, now, expires);
}

http::Request request(const std::string& authorization, const std::string& origin = {}) {
    http::Request r{"GET", "/api/x", "", ""};
    r.headers.emplace_back("Host", "127.0.0.1:3001");
    if (!authorization.empty()) r.headers.emplace_back("Authorization", authorization);
    if (!origin.empty()) r.headers.emplace_back("Origin", origin);
    return r;
}

std::string header(const http::Response& response, const std::string& name) {
    for (const auto& [key, value] : response.headers)
        if (key == name) return value;
    return {};
}

TEST(Gate, AdmitsTheRoleAndHigherOnes) {
    const Role roles[] = {Role::Viewer, Role::Operator, Role::Admin};
    for (const Role held : roles)
        for (const Role least : roles) {
            const auto refused = gate().refusal(request("Bearer " + token(held)), least);
            ASSERT_EQ(!refused, held >= least) << roleName(held) << " for " << roleName(least);
            if (!refused) continue;
            EXPECT_EQ(refused->status, 403u);
            EXPECT_NE(refused->body.find(std::string("role ") + roleName(least)), std::string::npos)
                << refused->body;
            EXPECT_NE(header(*refused, "WWW-Authenticate").find("insufficient_scope"), std::string::npos);
        }
}

TEST(Gate, AdmitsEverySecretOfAChange) {
    EXPECT_FALSE(gate().refusal(request("bearer  " + token(Role::Viewer, older)), Role::Viewer));
}

TEST(Gate, RefusesWithoutAToken) {
    for (const char* value : {"", "Basic dXNlcjpwdw==", "Bearer ", "Bearer"}) {
        const auto refused = gate().refusal(request(value), Role::Operator);
        ASSERT_TRUE(refused) << value;
        EXPECT_EQ(refused->status, 401u);
        EXPECT_EQ(refused->code, "token_missing");
        EXPECT_EQ(header(*refused, "WWW-Authenticate"), "Bearer realm=\"live-meeting\"");
    }
}

TEST(Gate, RefusesTokensThatAreWrong) {
    const std::string notOurs = *jwt::sign(R"({"exp":1800000600,"role":"admin"})", secret);
    const std::string noRole = *jwt::sign(R"({"aud":["x","live-meeting"],"exp":1800000600})", secret);
    const std::string endless = *jwt::sign(R"({"aud":"live-meeting","role":"admin"})", secret);
    const std::string tokens[] = {token(Role::Admin, foreign),
                                  token(Role::Admin, secret, now - 3600),
                                  notOurs,
                                  noRole,
                                  endless,
                                  "nonsense"};
    for (const std::string& wrong : tokens) {
        const auto refused = gate().refusal(request("Bearer " + wrong), Role::Viewer);
        ASSERT_TRUE(refused) << wrong;
        EXPECT_EQ(refused->status, 401u);
        EXPECT_EQ(refused->code, "token_invalid");
        EXPECT_NE(header(*refused, "WWW-Authenticate").find("invalid_token"), std::string::npos);
        EXPECT_EQ(refused->body.find(wrong), std::string::npos) << "a token is never answered";
    }
}

TEST(Gate, TakesAListOfAudiences) {
    const std::string list =
        *jwt::sign(R"({"aud":["x",7,"live-meeting"],"role":"viewer","exp":1800000600})", secret);
    EXPECT_FALSE(gate().refusal(request("Bearer " + list), Role::Viewer));
}

TEST(Gate, IsClosedOffLoopbackWithoutASecret) {
    const Gate shut = gate({}, false);
    EXPECT_TRUE(shut.closed());
    const auto refused = shut.refusal(request("Bearer " + token(Role::Admin)), Role::Viewer);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->status, 403u);
    EXPECT_NE(refused->body.find("API_TOKEN_SECRET"), std::string::npos);
}

TEST(Gate, IsOpenOnLoopbackWithoutASecret) {
    EXPECT_FALSE(gate({}, true).refusal(request(""), Role::Admin));
    EXPECT_TRUE(gate({secret}, true).refusal(request(""), Role::Viewer)) << "a secret counts there, too";
}

TEST(Gate, ThatIsOpenLetsPagesOfOtherOriginsChangeNothing) {
    const Gate open = gate({}, true, {"*", "https://meet.example"});
    EXPECT_FALSE(open.refusal(request("", "https://evil.example"), Role::Viewer));
    const auto refused = open.refusal(request("", "https://evil.example"), Role::Operator);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, "origin_not_allowed");
    EXPECT_TRUE(open.refusal(request("", "null"), Role::Operator));
    EXPECT_FALSE(open.refusal(request("", "https://meet.example"), Role::Operator));
    EXPECT_FALSE(open.refusal(request("", "http://127.0.0.1:3001"), Role::Operator));
}

TEST(Gate, ThatIsOpenTakesNothingThroughAProxy) {
    for (const char* name : {"X-Forwarded-For", "forwarded"}) {
        auto through = request("");
        through.headers.emplace_back(name, "203.0.113.9");
        const auto refused = gate({}, true).refusal(through, Role::Viewer);
        ASSERT_TRUE(refused) << name;
        EXPECT_EQ(refused->code, "api_closed");
        through.headers.emplace_back("Authorization", "Bearer " + token(Role::Viewer));
        EXPECT_FALSE(gate({secret}, true).refusal(through, Role::Viewer)) << "a token is a token";
    }
}

TEST(Gate, GuardsAHandler) {
    int calls = 0;
    const auto handler = gate().guard(Role::Viewer, [&](const http::Request&) {
        ++calls;
        return http::Response{204};
    });
    EXPECT_EQ(handler(request("")).status, 401u);
    EXPECT_EQ(calls, 0);
    EXPECT_EQ(handler(request("Bearer " + token(Role::Viewer))).status, 204u);
    EXPECT_EQ(calls, 1);
}

} // namespace
} // namespace lm::access
