#include "service/webhook/endpoint.hpp"

#include "tests/service/webhook/vector.hpp"

#include <gtest/gtest.h>

namespace lm::webhook {
namespace {

class Webhooks : public ::testing::Test, protected Listener {
protected:
    Webhooks() {
        options_.apiKey = "devkey";
        options_.apiSecret = "secret";
        options_.clock = [] { return domain::UtcTime(vector::signedAt); };
    }
    http::Response post(const std::string& body, const std::string& authorization,
                        const std::string& type = "application/webhook+json") {
        http::Router router;
        addWebhook(router, options_, {this});
        return router.answer({"POST",
                              "/livekit/webhook",
                              "",
                              body,
                              {{"content-type", type}, {"Authorization", authorization}}});
    }
    http::Response post(const std::string& type) { return post(vector::body, vector::authorization, type); }
    void webhookEvent(const Event& event) override { events_.push_back(event); }

    Options options_;
    std::vector<Event> events_;
};

TEST_F(Webhooks, ASignedEventIsHandedOn) {
    for (const char* type :
         {"application/webhook+json", "application/json", "Application/JSON ; charset=utf-8"}) {
        events_.clear();
        const auto response = post(type);
        EXPECT_EQ(response.status, 204u) << type;
        EXPECT_EQ(response.body, "");
        ASSERT_EQ(events_.size(), 1u);
        EXPECT_EQ(events_[0].id, "EV_testevent0001");
    }
}

TEST_F(Webhooks, WhatIsNotSignedChangesNothing) {
    const std::string token = vector::authorization;
    const std::string body = vector::body;
    const auto expect = [&](const http::Response& response, const std::string& code) {
        EXPECT_EQ(response.status, 401u);
        EXPECT_EQ(response.code, code);
        EXPECT_TRUE(http::countsAsRefusal(response));
        EXPECT_EQ(response.body.find("secret\""), std::string::npos);
        EXPECT_NE(response.body.find("\"parameter\":\"Authorization\""), std::string::npos);
    };
    expect(post(body, ""), "token_missing");
    expect(post(body, "Bearer " + token), "token_malformed");
    expect(post(body + " ", token), "token_mismatch");
    expect(post("no JSON", token), "token_mismatch");
    options_.apiSecret = "another";
    expect(post(body, token), "token_mismatch");
    options_.apiSecret = "secret";
    options_.clock = [] { return domain::UtcTime(vector::signedAt + std::chrono::hours(1)); };
    expect(post(body, token), "token_expired");
    options_.apiKey = options_.apiSecret = "";
    expect(post(body, token), "not_configured");
    EXPECT_TRUE(events_.empty());
}

TEST_F(Webhooks, VerificationCanBeSwitchedOff) {
    options_.verify = false;
    options_.apiKey = options_.apiSecret = "";
    EXPECT_EQ(post(R"({"event":"room_started","room":{"sid":"RM_1","name":"r"}})", "").status, 204u);
    ASSERT_EQ(events_.size(), 1u);
    EXPECT_EQ(events_[0].createdAt, domain::UtcTime(vector::signedAt));
}

TEST_F(Webhooks, WhatIsNoEventIsNamed) {
    options_.verify = false;
    const auto response = post(R"({"event":"room_started","room":{}})", "");
    EXPECT_EQ(response.status, 400u);
    EXPECT_EQ(response.code, "invalid_event");
    EXPECT_TRUE(http::countsAsRefusal(response)) << "LiveKit does not send it again: somebody must see it";
    EXPECT_NE(response.body.find("\"parameter\":\"room.sid\""), std::string::npos) << response.body;
    for (const char* type : {"", "text/plain", "application/webhook", "application/json5"})
        EXPECT_TRUE(post(type).status == 415 && http::countsAsRefusal(post(type))) << type;
    EXPECT_TRUE(events_.empty());
}

TEST_F(Webhooks, AnEventThatIsNotKnownIsTaken) {
    options_.verify = false;
    EXPECT_EQ(
        post(R"({"event":"ingress_started","ingressInfo":{"ingressId":"IN_1"},"id":"EV_1"})", "").status,
        204u);
    ASSERT_EQ(events_.size(), 1u);
    EXPECT_EQ(events_[0].kind, Kind::Other);
}

} // namespace
} // namespace lm::webhook
