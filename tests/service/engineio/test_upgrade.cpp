#include "tests/service/engineio/serverfixture.hpp"

namespace lm::engineio {
namespace {

class UpgradeTest : public ServerTest {
protected:
    void probe(const std::string& sid) {
        connect(socket_, sid);
        server_.text(socket_, "2probe");
        EXPECT_EQ(socket_.next(), "3probe");
    }
    FakeSocket& socket_ = newSocket();
};

TEST_F(UpgradeTest, AWebSocketOpensASessionOfItsOwn) {
    connect(socket_);
    EXPECT_EQ(socket_.next(),
              R"(0{"sid":"id0","upgrades":[],"pingInterval":300,"pingTimeout":200,"maxPayload":1000})");
    server_.text(socket_, "4hello");
    server_.binary(socket_, "\x01");
    EXPECT_EQ(application_.heard, (Heard{"text hello", "binary \x01"}));
    application_.sessions[0]->send(Outgoing::text("back"));
    EXPECT_EQ(socket_.next(), "4back");
    pass(ms(300));
    EXPECT_EQ(socket_.next(), "2");
    server_.text(socket_, "3");
    pass(ms(299));
    EXPECT_EQ(socket_.next(), "nothing");
}

TEST_F(UpgradeTest, WhatIsNoPacketEndsTheSession) {
    connect(socket_);
    server_.text(socket_, "abc");
    EXPECT_EQ(socket_.closed, 1000);
    EXPECT_EQ(application_.heard, Heard{"parse error"});
}

TEST_F(UpgradeTest, AClosePacketEndsTheSessionAtOnce) {
    connect(socket_);
    server_.text(socket_, "1");
    EXPECT_EQ(socket_.closed, 1000);
    EXPECT_EQ(application_.heard, Heard{"transport close"});
}

TEST_F(UpgradeTest, TheEndOfTheConnectionIsTheEndOfTheSession) {
    connect(socket_);
    server_.gone(socket_, Reason::TransportClose);
    EXPECT_EQ(application_.heard, Heard{"transport close"});
    EXPECT_EQ(server_.sessionCount(), 0U);
    EXPECT_FALSE(socket_.session);
}

TEST_F(UpgradeTest, ASessionGoesOverToAWebSocket) {
    const std::string sid = open();
    const auto waiting = poll(sid);
    probe(sid);
    EXPECT_EQ(waiting->text(), "200 6"); // so that the client can stop to poll
    EXPECT_EQ(poll(sid)->text(), "200 6");
    application_.sessions[0]->send(Outgoing::text("by polling"));
    EXPECT_EQ(poll(sid)->text(), "200 4by polling");
    application_.sessions[0]->send(Outgoing::text("kept"));
    server_.text(socket_, "5");
    EXPECT_EQ(socket_.next(), "4kept");
    EXPECT_EQ(server_.stats().upgraded, 1U);
    server_.text(socket_, "4hello");
    EXPECT_EQ(application_.heard, Heard{"text hello"});
    EXPECT_EQ(poll(sid)->text(), R"(400 {"code":3,"message":"Bad request"})");
    EXPECT_EQ(push(sid, "4x"), R"(400 {"code":3,"message":"Bad request"})");
}

TEST_F(UpgradeTest, APollThatStillWaitsIsAnsweredByTheUpgrade) {
    const std::string sid = open();
    connect(socket_, sid);
    server_.text(socket_, "2probe");
    EXPECT_EQ(poll(sid)->text(), "200 6");
    server_.text(socket_, "5");
    server_.text(socket_, "4hello");
    EXPECT_EQ(application_.heard, Heard{"text hello"});
}

TEST_F(UpgradeTest, AnotherWebSocketForASessionIsClosed) {
    const std::string sid = open();
    probe(sid);
    FakeSocket& second = newSocket();
    EXPECT_FALSE(server_.admit({"4", "websocket", sid})); // a refusal would be an error in stock clients
    connect(second, sid);
    EXPECT_EQ(second.closed, 1000);
    server_.text(socket_, "5");
    FakeSocket& third = newSocket();
    connect(third, sid);
    EXPECT_EQ(third.closed, 1000);
    server_.text(socket_, "4hello");
    EXPECT_EQ(application_.heard, Heard{"text hello"});
}

TEST_F(UpgradeTest, AProbeThatSaysAnythingElseIsClosedAndTheSessionStays) {
    for (const char* wrong : {"5", "4hello", "2", "abc"}) {
        FakeSocket& socket = newSocket();
        const std::string sid = open();
        connect(socket, sid);
        server_.text(socket, wrong);
        EXPECT_EQ(socket.closed, 1000) << wrong;
        EXPECT_EQ(push(sid, "1"), "200 ok");
    }
    EXPECT_EQ(application_.heard, Heard(4, "transport close"));
}

TEST_F(UpgradeTest, AProbeThatGoesAwayLeavesTheSession) {
    const std::string sid = open();
    probe(sid);
    server_.gone(socket_, Reason::TransportClose);
    EXPECT_EQ(poll(sid)->text(), "waiting");
    FakeSocket& second = newSocket();
    connect(second, sid);
    server_.text(second, "2probe");
    EXPECT_EQ(second.next(), "3probe");
}

TEST_F(UpgradeTest, AProbeHasUntilItsDeadline) {
    settings_.pingInterval = ms(5000);
    Server patient{settings_, application_, [this] { return now_; },
                   [this] { return engineio::numbered("id", made_++); }};
    const auto exchange = std::make_shared<FakeExchange>();
    patient.request({"4", "polling", ""}, "GET", "", "", exchange);
    patient.connected(socket_, {"4", "websocket", application_.sessions[0]->id()});
    now_ += ms(999);
    patient.expire();
    EXPECT_EQ(socket_.closed, 0);
    now_ += ms(1);
    patient.expire();
    EXPECT_EQ(socket_.closed, 1000);
    EXPECT_EQ(patient.sessionCount(), 1U);
}

TEST_F(UpgradeTest, AProbeEndsWithItsSession) {
    const std::string sid = open();
    probe(sid);
    application_.sessions[0]->close(Reason::ForcedClose);
    EXPECT_EQ(socket_.closed, 1000);
}

TEST_F(UpgradeTest, AClientThatDoesNotReadIsDropped) {
    connect(socket_);
    socket_.stuck = true;
    for (int i = 0; i < 3; ++i)
        application_.sessions[0]->send(Outgoing::text(std::string(900, 'x')));
    EXPECT_EQ(application_.heard, Heard{"too slow"});
    EXPECT_TRUE(socket_.aborted);
}

TEST_F(UpgradeTest, WhatIsWrongIsSaidBeforeTheUpgrade) {
    EXPECT_EQ(server_.admit({"4", "polling", ""})->body, R"({"code":3,"message":"Bad request"})");
    EXPECT_EQ(server_.admit({"4", "", ""})->body, R"({"code":0,"message":"Transport unknown"})");
    EXPECT_EQ(server_.admit({"3", "websocket", ""})->body,
              R"({"code":5,"message":"Unsupported protocol version"})");
    EXPECT_EQ(server_.admit({"4", "websocket", "gone"})->body,
              R"({"code":1,"message":"Session ID unknown"})");
    EXPECT_FALSE(server_.admit({"4", "websocket", ""}));
}

} // namespace
} // namespace lm::engineio
