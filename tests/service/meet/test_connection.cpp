#include "service/meet/connection.hpp"

#include "service/json/json.hpp"
#include "service/meet/clientconfig.hpp"

#include <gtest/gtest.h>

#include <set>

namespace lm::meet {
namespace {

class ConnectionTest : public ::testing::Test {
protected:
    ConnectionTest() {
        options_.livekitUrl = "wss://p.livekit.cloud";
        options_.apiKey = "key";
        options_.sign = [this](const std::string& claims) {
            claims_ = claims;
            return "TOKEN";
        };
        options_.now = [] {
            return std::chrono::system_clock::time_point(std::chrono::seconds(1'767'225'600));
        };
        options_.postfix = [] { return "ab12"; };
        options_.cookieKey = "key of cookies";
    }
    http::Response ask(const std::string& query,
                       std::vector<std::pair<std::string, std::string>> headers = {}) {
        http::Router router;
        addConnection(router, options_);
        http::Request request{"GET", "/api/connection-details", query, ""};
        request.headers = std::move(headers);
        return router.answer(request);
    }
    static std::string header(const http::Response& response, const std::string& name) {
        for (const auto& [key, value] : response.headers)
            if (key == name) return value;
        return "";
    }
    static std::string identity(const std::string& claims) {
        const auto parsed = json::parse(claims, "claims");
        return parsed ? json::stringMember(parsed->get(), "sub") : "";
    }

    ConnectionOptions options_;
    std::string claims_;
};

TEST_F(ConnectionTest, AnAddressThatAsksTooOftenHasToWait) {
    security::RateLimit::Clock::time_point now{};
    options_.perSecond = 2;
    options_.ticks = [&] { return now; };
    http::Router router;
    addConnection(router, options_);
    const auto status = [&](const std::string& client) {
        http::Request request{"GET", "/api/connection-details", "roomName=r&participantName=p", ""};
        request.client = client;
        const auto response = router.answer(request);
        EXPECT_EQ(header(response, "Retry-After"), response.status == 429 ? "1" : "");
        return response.status;
    };
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(status("192.0.2.1"), 200u);
    EXPECT_EQ(status("192.0.2.1"), 429u);
    EXPECT_EQ(status("192.0.2.2"), 200u) << "others are not made to wait";
    now += std::chrono::milliseconds(500);
    EXPECT_EQ(status("192.0.2.1"), 200u);
    EXPECT_EQ(status("192.0.2.1"), 429u);
}

TEST_F(ConnectionTest, AnswersAsSpecified) {
    const auto response = ask("roomName=my-room&participantName=John+Doe");
    EXPECT_EQ(response.status, 200u);
    EXPECT_EQ(response.body, R"({"serverUrl":"wss://p.livekit.cloud","roomName":"my-room",)"
                             R"("participantToken":"TOKEN","participantName":"John Doe"})");
    EXPECT_EQ(claims_,
              R"({"iss":"key","sub":"John Doe__ab12","nbf":1767225600,"exp":1767226200,"name":"John Doe",)"
              R"("video":{"room":"my-room","roomJoin":true,"canPublish":true,"canPublishData":true,)"
              R"("canSubscribe":true,"canUpdateOwnMetadata":true}})");
    EXPECT_EQ(header(response, "Cache-Control"), "no-store");
}

TEST_F(ConnectionTest, SaysWhatIsMissingInTheOrderOfTheChecks) {
    const auto check = [this](const std::string& query, unsigned status, const std::string& message) {
        const auto response = ask(query);
        EXPECT_EQ(response.status, status) << query;
        EXPECT_NE(response.body.find(message), std::string::npos) << response.body;
    };
    check("", 400, "Missing required query parameter: roomName");
    check("roomName=r", 400, "Missing required query parameter: participantName");
    check("roomName=&participantName=a", 400, "Missing required query parameter: roomName");
    options_.apiKey.clear();
    check("roomName=r", 400, "participantName");
    check("roomName=r&participantName=a", 500, "LIVEKIT_API_KEY and LIVEKIT_API_SECRET must be set");
    options_.livekitUrl.clear();
    check("", 500, "LIVEKIT_URL is not defined");
}

TEST_F(ConnectionTest, MetadataIsPassedOnWhenThereIsSome) {
    ask("roomName=r&participantName=a&metadata=%7B%22x%22%3A1%7D");
    EXPECT_NE(claims_.find(R"("metadata":"{\"x\":1}")"), std::string::npos) << claims_;
    ask("roomName=r&participantName=a&metadata=");
    EXPECT_EQ(claims_.find(R"("metadata")"), std::string::npos);
}

TEST_F(ConnectionTest, RefusesWhatIsNoName) {
    const std::string longName(300, 'x');
    for (const std::string& query :
         {std::string("roomName=a%00b&participantName=a"), std::string("roomName=r&participantName=%ff"),
          std::string("roomName=r&participantName=%zz"),
          std::string("roomName=r&roomName=s&participantName=a"),
          "roomName=" + longName + "&participantName=a", "roomName=r&participantName=" + longName,
          std::string("roomName=r&participantName=a&region=a.b")})
        EXPECT_EQ(ask(query).status, 400u) << query;
}

TEST_F(ConnectionTest, MapsTheRegion) {
    EXPECT_NE(ask("roomName=r&participantName=a&region=eu").body.find("wss://p.eu.production.livekit.cloud/"),
              std::string::npos);
    options_.livekitUrl = "ws://localhost:7880";
    EXPECT_NE(ask("roomName=r&participantName=a&region=eu").body.find("\"ws://localhost:7880\""),
              std::string::npos);
}

TEST_F(ConnectionTest, TheCookieKeepsWhoSomeoneIs) {
    const std::string given = header(ask("roomName=r&participantName=a"), "Set-Cookie");
    const std::string value = given.substr(0, given.find(';'));
    EXPECT_TRUE(value.starts_with("random-participant-postfix=ab12.")) << given;
    EXPECT_EQ(given.substr(value.size()),
              "; Path=/; HttpOnly; SameSite=Strict; Expires=Thu, 01 Jan 2026 02:00:00 GMT");
    options_.postfix = [] { return "zz99"; };
    ask("roomName=r&participantName=a", {{"Cookie", "x=y; " + value + "; b=c"}});
    EXPECT_EQ(identity(claims_), "a__ab12");
}

TEST_F(ConnectionTest, ACookieThatIsNotOursMakesNobodyElse) {
    const std::string given = header(ask("roomName=r&participantName=a"), "Set-Cookie");
    const std::string seal = given.substr(given.find('.'), 44);
    for (const std::string& value :
         std::vector<std::string>{"", "ab", "zz99", "zz99" + seal, "zz99.", "ab12x" + seal, "zz99." + seal})
        for (const char* quote : {"", "\""}) {
            ask("roomName=r&participantName=a",
                {{"Cookie", std::string("random-participant-postfix=") + quote + value + quote}});
            EXPECT_EQ(identity(claims_), "a__ab12") << value;
        }
    options_.cookieKey = "another key";
    options_.postfix = [] { return "zz99"; };
    ask("roomName=r&participantName=a", {{"Cookie", "random-participant-postfix=ab12" + seal}});
    EXPECT_EQ(identity(claims_), "a__zz99") << "sealed by somebody else";
}

TEST_F(ConnectionTest, TheCookieIsSecureWhereTheBrowserWillKeepItSo) {
    EXPECT_EQ(header(ask("roomName=r&participantName=a"), "Set-Cookie").find("Secure"), std::string::npos);
    EXPECT_NE(header(ask("roomName=r&participantName=a", {{"X-Forwarded-Proto", "https"}}), "Set-Cookie")
                  .find("Secure"),
              std::string::npos);
    options_.tls = true;
    EXPECT_NE(header(ask("roomName=r&participantName=a"), "Set-Cookie").find("Secure"), std::string::npos);
}

TEST_F(ConnectionTest, PostfixesAreDrawn) {
    options_.postfix = nullptr;
    std::set<std::string> seen;
    for (int i = 0; i < 50; ++i) {
        ask("roomName=r&participantName=a");
        const std::string who = identity(claims_);
        ASSERT_EQ(who.size(), 7u);
        EXPECT_EQ(who.substr(3).find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789"), std::string::npos);
        seen.insert(who);
    }
    EXPECT_GT(seen.size(), 40u);
}

TEST(ClientConfig, SaysWhatTheClientNeeds) {
    http::Router router;
    ClientConfig config;
    config.recording = true;
    config.apiPort = 3001;
    addClientConfig(router, config);
    EXPECT_EQ(
        router.answer({"GET", "/api/config", "", ""}).body,
        R"({"endpoints":{"connectionDetails":"/api/connection-details","recordStart":"/api/record/start",)"
        R"("recordStop":"/api/record/stop"},"features":{"recording":true,"analysis":false,)"
        R"("settingsMenu":true,"testPanels":true},"apiPort":3001})");
}

} // namespace
} // namespace lm::meet
