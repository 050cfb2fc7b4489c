#include "service/engineio/server.hpp"
#include "service/gateway/chat.hpp"
#include "service/socketio/server.hpp"
#include "tests/service/engineio/serverfixture.hpp"

namespace lm::gateway {
namespace {

using engineio::FakeSocket;

class ChatTest : public ::testing::Test {
protected:
    FakeSocket& open(const std::string& connect = "40") {
        auto& socket = *connections_.emplace_back(std::make_unique<FakeSocket>());
        engine_.connected(socket, {"4", "websocket", ""});
        socket.next();
        engine_.text(socket, connect);
        return socket;
    }
    /// An event about a client, as it is sent.
    static std::string said(const std::string& event, const std::string& client,
                            const std::string& rest = {}) {
        std::string packet = "42[\"";
        return packet.append(event)
            .append("\",{\"clientId\":\"")
            .append(client)
            .append("\"")
            .append(rest)
            .append("}]");
    }
    /// A client that is connected, and its identifier.
    std::pair<FakeSocket*, std::string> enter() {
        FakeSocket& socket = open();
        const std::string answer = socket.next();
        return {&socket, answer.substr(10, answer.size() - 12)};
    }

    engineio::Time now_{};
    unsigned made_ = 0;
    std::optional<std::string> wrong_;
    std::string token_;
    std::vector<std::unique_ptr<FakeSocket>> connections_;
    Chat chat_{{2, 10, 1, 3},
               [this] { return now_; },
               [this](std::string_view token) {
                   token_ = token;
                   return wrong_;
               }};
    socketio::Server server_{
        {}, [this] { return now_; }, [this] { return engineio::numbered("s", made_++); }};
    socketio::Namespace& space_ = server_.add("/", chat_);
    engineio::Server engine_{
        {}, server_, [this] { return now_; }, [this] { return engineio::numbered("e", made_++); }};
};

TEST_F(ChatTest, WhoHasNoRightToComeInIsToldSo) {
    wrong_ = "no";
    EXPECT_EQ(open(R"(40{"token":"a\"b"})").next(), R"(44{"message":"no","data":{"status":401}})");
    EXPECT_EQ(token_, "a\"b");
    open(R"(40{"token":5})");
    EXPECT_EQ(token_, "");
    EXPECT_EQ(chat_.clients(), 0U);
}

TEST_F(ChatTest, WhoseRightHasEndedIsSentAwayAtTheNextHeartbeat) {
    FakeSocket& client = open(R"(40{"token":"short"})");
    client.next();
    const auto heartbeat = [&] {
        now_ += std::chrono::seconds(25);
        engine_.expire();
        EXPECT_EQ(client.next(), "2");
        engine_.text(client, "3");
    };
    heartbeat();
    EXPECT_EQ(token_, "short") << "asked about again";
    EXPECT_EQ(client.closed, 0);
    wrong_ = "The token has expired.";
    heartbeat();
    EXPECT_EQ(client.closed, 1000);
    EXPECT_EQ(chat_.clients(), 0U);
}

TEST_F(ChatTest, AMessageReachesEverybody) {
    const auto [a, first] = enter();
    const auto [b, second] = enter();
    engine_.text(*a, R"(427["message",{"x":1.0}])");
    for (FakeSocket* client : {a, b})
        EXPECT_EQ(client->next(), said("message", first, R"(,"message":{"x":1.0})"));
    EXPECT_EQ(a->next(), R"(437[{"status":"ok"}])");
    engine_.text(*b, R"(42["message"])");
    EXPECT_EQ(a->next(), said("message", second));
    engine_.text(*b, R"(42["message",1,2])");
    EXPECT_EQ(a->next(), said("message", second, R"(,"message":[1,2])"));
}

TEST_F(ChatTest, RoomsHearWhoJoinsAndWhoLeaves) {
    const auto [a, first] = enter();
    const auto [b, second] = enter();
    engine_.text(*a, R"(42["join-room","r\u00e9"])");
    EXPECT_EQ(a->next(), said("user-joined", first, ",\"room\":\"r\u00e9\""));
    EXPECT_EQ(b->next(), "nothing");
    engine_.text(*b, "42[\"join-room\",\"r\u00e9\"]");
    a->next(), b->next();
    engine_.text(*a, "42[\"leave-room\",\"r\u00e9\"]");
    EXPECT_EQ(a->next(), "nothing");
    EXPECT_EQ(b->next(), said("user-left", first, ",\"room\":\"r\u00e9\""));
}

TEST_F(ChatTest, WhatMakesNoSenseIsAnException) {
    const auto [a, id] = enter();
    engine_.text(*a, R"(421["join-room","much too long"])");
    EXPECT_EQ(a->next(),
              R"(42["exception",{"status":"error","message":"The name of a room must be a text of 1 to 10 )"
              R"(bytes.","cause":{"pattern":"join-room","data":"much too long"}}])");
    EXPECT_EQ(a->next(), "nothing"); // no acknowledgement
}

TEST_F(ChatTest, AClientIsInSoManyRooms) {
    const auto [a, id] = enter();
    engine_.text(*a, R"(42["join-room","1"])");
    engine_.text(*a, R"(42["join-room","2"])");
    a->next(), a->next();
    engine_.text(*a, R"(42["join-room","3"])");
    EXPECT_NE(a->next().find("2 rooms at the most"), std::string::npos);
    EXPECT_EQ(space_.rooms(), 2U);
}

TEST_F(ChatTest, AFloodIsDroppedAndTheClientHearsOfItOnce) {
    const auto [a, id] = enter();
    for (int i = 0; i < 10; ++i)
        engine_.text(*a, R"(42["message",1])");
    ASSERT_EQ(a->sent.size(), 4U); // three messages and one exception
    EXPECT_NE(a->sent.back().find("Too many events"), std::string::npos);
    EXPECT_EQ(chat_.dropped(), 7U);
    a->sent.clear();
    now_ += std::chrono::seconds(1);
    engine_.text(*a, R"(42["message",1])");
    EXPECT_EQ(a->sent.size(), 1U);
}

TEST_F(ChatTest, WhoDisconnectsIsForgotten) {
    const auto [a, id] = enter();
    engine_.text(*a, R"(42["join-room","1"])");
    EXPECT_EQ(chat_.clients(), 1U);
    engine_.gone(*a, engineio::Reason::TransportClose);
    EXPECT_EQ(chat_.clients() + space_.rooms() + space_.sockets(), 0U);
}

} // namespace
} // namespace lm::gateway
