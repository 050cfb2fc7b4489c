#include "tests/service/engineio/serverfixture.hpp"

namespace lm::engineio {
namespace {

TEST_F(ServerTest, OpensASessionAndSaysHowItIsKept) {
    const auto answer = ask("EIO=4&transport=polling");
    EXPECT_EQ(answer->text(), R"(200 0{"sid":"id0","upgrades":["websocket"],"pingInterval":300,)"
                              R"("pingTimeout":200,"maxPayload":1000})");
    EXPECT_EQ(answer->answered->type, "text/plain; charset=UTF-8");
}

TEST_F(ServerTest, RefusesWithTheCodesOfTheProtocol) {
    const std::string sid = open();
    EXPECT_EQ(ask("EIO=4")->text(), R"(400 {"code":0,"message":"Transport unknown"})");
    EXPECT_EQ(ask("EIO=4&transport=webtransport")->text(), R"(400 {"code":0,"message":"Transport unknown"})");
    EXPECT_EQ(ask("EIO=4&transport=polling&sid=other")->text(),
              R"(400 {"code":1,"message":"Session ID unknown"})");
    EXPECT_EQ(ask("EIO=4&transport=polling", "POST")->text(),
              R"(400 {"code":2,"message":"Bad handshake method"})");
    EXPECT_EQ(ask("EIO=4&transport=websocket")->text(), R"(400 {"code":3,"message":"Bad request"})");
    EXPECT_EQ(ask("EIO=4&transport=websocket&sid=" + sid)->text(),
              R"(400 {"code":3,"message":"Bad request"})");
    for (const char* version : {"", "&EIO=3", "&EIO=abc", "&EIO=5"})
        EXPECT_EQ(ask("transport=polling" + std::string(version))->text(),
                  R"(400 {"code":5,"message":"Unsupported protocol version"})");
    EXPECT_EQ(server_.stats().refused, 10U);
}

TEST_F(ServerTest, AnswersAPollWithAllThatWaits) {
    const std::string sid = open();
    application_.sessions[0]->send(Outgoing::text("one"));
    application_.sessions[0]->send(Outgoing::binary("\x01\x02\x03\x04"));
    EXPECT_EQ(poll(sid)->text(), "200 4one\x1e"
                                 "bAQIDBA==");
    const auto waiting = poll(sid);
    EXPECT_EQ(waiting->text(), "waiting");
    application_.sessions[0]->send(Outgoing::text("two"));
    EXPECT_EQ(waiting->text(), "200 4two");
}

TEST_F(ServerTest, DeliversWhatIsPushed) {
    const std::string sid = open();
    EXPECT_EQ(push(sid, "4one\x1e"
                        "bAQ==\x1e"
                        "4two"),
              "200 ok");
    EXPECT_EQ(application_.heard, (Heard{"text one", "binary \x01", "text two"}));
}

TEST_F(ServerTest, ABodyThatIsNoPayloadEndsTheSession) {
    const std::string sid = open();
    EXPECT_EQ(push(sid, "4one\x1e"
                        "abc")
                  .substr(0, 3),
              "400");
    EXPECT_EQ(application_.heard, (Heard{"text one", "parse error"}));
    EXPECT_EQ(poll(sid)->answered->status, 400U);
    EXPECT_EQ(server_.stats().malformed, 1U);
}

TEST_F(ServerTest, ABodyBeyondTheLimitIsRefusedAndTheSessionStays) {
    const std::string sid = open();
    EXPECT_EQ(push(sid, "4" + std::string(1000, 'x')), "413 ");
    EXPECT_EQ(push(sid, "4" + std::string(999, 'x')), "200 ok");
}

TEST_F(ServerTest, BytesAsABodyAreThoseOfAnOlderVersion) {
    const std::string sid = open();
    EXPECT_EQ(
        ask("EIO=4&transport=polling&sid=" + sid, "POST", "4x", "application/octet-stream")->answered->status,
        400U);
    EXPECT_EQ(application_.heard, Heard{"transport error"});
    EXPECT_EQ(server_.sessionCount(), 0U) << "it waits for no poll";
}

TEST_F(ServerTest, ASecondPollAtOnceEndsTheSession) {
    const std::string sid = open();
    const auto first = poll(sid);
    EXPECT_EQ(poll(sid)->answered->status, 400U);
    EXPECT_EQ(first->text(), "200 1");
    EXPECT_EQ(poll(sid)->answered->status, 400U);
    EXPECT_EQ(application_.heard, Heard{"transport error"});
}

TEST_F(ServerTest, APingIsSentAndAPongKeepsTheSession) {
    const std::string sid = open();
    for (int i = 0; i < 3; ++i) {
        const auto waiting = poll(sid);
        pass(ms(299));
        EXPECT_EQ(waiting->text(), "waiting");
        pass(ms(1));
        EXPECT_EQ(waiting->text(), "200 2");
        pass(ms(199));
        EXPECT_EQ(push(sid, "3"), "200 ok");
    }
    EXPECT_EQ(application_.heard, Heard{});
}

TEST_F(ServerTest, WithoutAPongTheSessionEnds) {
    const std::string sid = open();
    now_ += ms(500); // whoever asks after it must not find it, even if no timer has run
    EXPECT_EQ(poll(sid)->answered->status, 400U);
    EXPECT_EQ(application_.heard, Heard{"ping timeout"});
    EXPECT_EQ(server_.stats().timeouts, 1U);
    EXPECT_EQ(server_.nextDeadline(), Time::max());
}

TEST_F(ServerTest, APingOfTheClientIsAnError) {
    EXPECT_EQ(push(open(), "2"), "200 ok");
    EXPECT_EQ(application_.heard, Heard{"parse error"});
}

TEST_F(ServerTest, TheClientMayCloseTheSession) {
    const std::string sid = open();
    const auto waiting = poll(sid);
    EXPECT_EQ(push(sid, "1"), "200 ok");
    EXPECT_EQ(waiting->text(), "200 6");
    EXPECT_EQ(poll(sid)->answered->status, 400U);
    EXPECT_EQ(application_.heard, Heard{"transport close"});
}

TEST_F(ServerTest, AClientThatLeavesItsPollHasGone) {
    const std::string sid = open();
    const auto waiting = poll(sid);
    server_.abandoned(sid, FakeExchange());
    EXPECT_EQ(application_.heard, Heard{});
    server_.abandoned(sid, *waiting);
    EXPECT_EQ(application_.heard, Heard{"transport error"});
    EXPECT_EQ(waiting->text(), "waiting");
}

TEST_F(ServerTest, AClosedSessionTellsItsPollWhatWaitedAndThatItIsOver) {
    const std::string sid = open();
    application_.sessions[0]->send(Outgoing::text("last"));
    application_.sessions[0]->close(Reason::ForcedClose);
    EXPECT_EQ(application_.heard, Heard{"forced close"});
    application_.sessions[0]->send(Outgoing::text("too late"));
    EXPECT_EQ(push(sid, "4ignored"), "200 ok");
    EXPECT_EQ(poll(sid)->text(), "200 4last\x1e"
                                 "1");
    EXPECT_EQ(poll(sid)->answered->status, 400U);
    EXPECT_EQ(application_.heard, Heard{"forced close"});
}

TEST_F(ServerTest, AClosedSessionThatNobodyPollsIsForgotten) {
    open();
    application_.sessions[0]->close(Reason::ForcedClose);
    pass(ms(2999));
    EXPECT_EQ(server_.sessionCount(), 1U);
    pass(ms(1));
    EXPECT_EQ(server_.sessionCount(), 0U);
    EXPECT_EQ(application_.heard, Heard{"forced close"});
}

TEST_F(ServerTest, AClientThatDoesNotPollIsDroppedBeforeItCostsTooMuch) {
    open();
    application_.sessions[0]->send(Outgoing::text(std::string(1500, 'x')));
    EXPECT_EQ(application_.heard, Heard{});
    application_.sessions[0]->send(Outgoing::text(std::string(1500, 'x')));
    EXPECT_EQ(application_.heard, Heard{"too slow"});
    EXPECT_EQ(server_.stats().tooSlow, 1U);
}

TEST_F(ServerTest, OpensNoMoreSessionsThanAllowed) {
    for (int i = 0; i < 3; ++i)
        open();
    EXPECT_EQ(ask("EIO=4&transport=polling")->answered->status, 503U);
    EXPECT_EQ(server_.admit({"4", "websocket", ""})->status, 503U);
    FakeSocket& socket = newSocket();
    connect(socket);
    EXPECT_EQ(socket.closed, 1013);
}

TEST_F(ServerTest, AServerThatClosesEndsAllAndOpensNone) {
    const std::string sid = open();
    const auto waiting = poll(sid);
    FakeSocket& socket = newSocket();
    connect(socket);
    server_.close(Reason::ServerShuttingDown);
    EXPECT_EQ(waiting->text(), "200 1");
    EXPECT_EQ(socket.closed, 1000);
    EXPECT_EQ(application_.heard, (Heard{"server shutting down", "server shutting down"}));
    EXPECT_EQ(ask("EIO=4&transport=polling")->answered->status, 503U);
}

} // namespace
} // namespace lm::engineio
