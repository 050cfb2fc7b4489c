#include "service/engineio/server.hpp"
#include "service/socketio/server.hpp"
#include "tests/service/engineio/serverfixture.hpp"

namespace lm::socketio {
namespace {

using engineio::FakeSocket;
using Heard = std::vector<std::string>;

/// Writes down what it hears; keeps the sockets.
class FakeApplication : public Application {
public:
    std::optional<Refused> admit(std::string_view auth) override {
        if (auth == R"({"bad":true})") return Refused{"not you", R"({"code":1})"};
        return std::nullopt;
    }
    void connected(Socket& socket, std::string_view auth) override {
        sockets.push_back(socket.shared_from_this());
        heard.push_back("connected " + std::string(auth));
    }
    void event(Socket& socket, Event event) override {
        heard.push_back(event.name + ' ' + joinArray(event.values.arguments));
        if (event.name == "ask" && event.id) socket.acknowledge(*event.id, event.values);
        if (event.name == "kick") socket.disconnect();
        if (event.name == "cut") socket.closeConnection();
    }
    void disconnected(Socket& socket, std::string_view reason) override {
        heard.push_back(std::string(reason) + (socket.rooms().empty() ? "" : " in rooms"));
        socket.emit("too late", {});
    }
    std::vector<std::shared_ptr<Socket>> sockets;
    Heard heard;
};

class SocketServerTest : public ::testing::Test {
protected:
    SocketServerTest() {
        root_ = &server_.add("/", application_);
        server_.add("/custom", application_);
    }
    /// Opens a connection; its handshake is taken.
    FakeSocket& open() {
        auto& socket = *connections_.emplace_back(std::make_unique<FakeSocket>());
        engine_.connected(socket, {"4", "websocket", ""});
        socket.next();
        return socket;
    }
    /// The same in the namespace `/`; returns its socket.
    Socket& enter(FakeSocket*& connection) {
        connection = &open();
        say(*connection, "40");
        connection->next();
        return *application_.sockets.back();
    }
    void say(FakeSocket& socket, const std::string& text) { engine_.text(socket, text); }

    engineio::Time now_{};
    unsigned made_ = 0;
    std::vector<std::unique_ptr<FakeSocket>> connections_; // outlive what speaks to them
    FakeApplication application_;
    Server server_{{std::chrono::milliseconds(1000), 100},
                   [this] { return now_; },
                   [this] { return engineio::numbered("s", made_++); }};
    engineio::Server engine_{
        {}, server_, [this] { return now_; }, [this] { return engineio::numbered("e", made_++); }};
    Namespace* root_ = nullptr;
};

TEST_F(SocketServerTest, ConnectsToANamespace) {
    auto& client = open();
    say(client, R"(40{"token":"x"})");
    EXPECT_EQ(client.next(), R"(40{"sid":"s1"})");
    say(client, "40/custom");
    EXPECT_EQ(client.next(), R"(40/custom,{"sid":"s2"})");
    EXPECT_EQ(application_.heard, (Heard{R"(connected {"token":"x"})", "connected {}"}));
    EXPECT_EQ(root_->sockets(), 1U);
}

TEST_F(SocketServerTest, SaysWhyItDoesNot) {
    auto& client = open();
    say(client, "40/random");
    EXPECT_EQ(client.next(), R"(44/random,{"message":"Invalid namespace"})");
    say(client, R"(40{"bad":true})");
    EXPECT_EQ(client.next(), R"(44{"message":"not you","data":{"code":1}})");
    say(client, "40");
    EXPECT_EQ(client.next(), R"(40{"sid":"s1"})"); // the connection has stayed
}

TEST_F(SocketServerTest, WhoEntersNoNamespaceInTimeIsClosed) {
    auto& outside = open();
    FakeSocket* inside;
    enter(inside);
    EXPECT_EQ(engine_.nextDeadline(), now_ + std::chrono::milliseconds(1000));
    now_ += std::chrono::milliseconds(1000);
    engine_.expire();
    EXPECT_EQ(outside.closed, 1000);
    EXPECT_EQ(inside->closed, 0);
}

TEST_F(SocketServerTest, WhoBreaksTheRulesIsClosed) {
    for (const char* wrong :
         {"40", "4abc", "42{}", "42abc[\"a\"]", "42/custom,[\"a\"]", "44", "451-[\"a\"]|42[\"a\"]"}) {
        FakeSocket* client;
        enter(client);
        const std::string text = wrong;
        const std::size_t cut = std::min(text.find('|'), text.size());
        say(*client, text.substr(0, cut));
        if (cut < text.size()) say(*client, text.substr(cut + 1));
        EXPECT_EQ(client->closed, 1000) << wrong;
        EXPECT_EQ(application_.heard.back(), "parse error") << wrong;
    }
}

TEST_F(SocketServerTest, EventsComeWithTheirValues) {
    FakeSocket* client;
    enter(client);
    say(*client, R"(42["hey",1,{"a":[2.50]},"\ud800"])");
    EXPECT_EQ(application_.heard.back(), R"(hey [1,{"a":[2.50]},"\ud800"])");
    say(*client, "4213[\"ask\",12345678901234567890]");
    EXPECT_EQ(client->next(), "4313[12345678901234567890]");
}

TEST_F(SocketServerTest, BinaryEventsComeBackAsTheyWere) {
    FakeSocket* client;
    enter(client);
    say(*client, R"(451-8["ask",{"_placeholder":true,"num":0}])");
    engine_.binary(*client, "\x01\x02");
    EXPECT_EQ(client->next(), R"(461-8[{"_placeholder":true,"num":0}])");
    EXPECT_EQ(client->next(), "\x01\x02");
}

TEST_F(SocketServerTest, AttachmentsThatWaitAreBounded) {
    FakeSocket* client;
    enter(client);
    say(*client, R"(452-["a"])");
    engine_.binary(*client, std::string(101, 'x'));
    EXPECT_EQ(client->closed, 1000);
}

TEST_F(SocketServerTest, TheElementsOfAPacketThatWaitsAreCountedToo) {
    FakeSocket* client;
    enter(client);
    say(*client, R"(451-["a",1,1,1,1,1,1,1,1,1,1,1,1,1])");
    EXPECT_EQ(client->closed, 1000) << "little text, and much to keep";
}

TEST_F(SocketServerTest, NothingIsReadOfWhoIsInNoNamespace) {
    for (const char* early : {R"(42["a"])", R"(451-["a",{"_placeholder":true,"num":0}])", "41", "43[]"}) {
        auto& client = open();
        say(client, early);
        EXPECT_EQ(client.closed, 1000) << early;
    }
    auto& bytes = open();
    engine_.binary(bytes, "\x01");
    EXPECT_EQ(bytes.closed, 1000);
    EXPECT_TRUE(application_.heard.empty());
}

TEST_F(SocketServerTest, AStrangerWhoBreaksTheRulesOverPollingKeepsNoPlace) {
    struct Ignored : engineio::Exchange {
        void answer(engineio::Answer) override {}
    };
    const auto ask = [&](const std::string& sid, const char* method, const char* body) {
        engine_.request({"4", "polling", sid}, method, "text/plain", body, std::make_shared<Ignored>());
    };
    ask("", "GET", "");
    ASSERT_EQ(engine_.sessionCount(), 1U);
    ask("e0", "POST", "42[\"a\"]");
    EXPECT_EQ(engine_.sessionCount(), 0U) << "none of 30 s for a poll that hears of it";
}

TEST_F(SocketServerTest, NamespacesAreAskedForInVainABoundedNumberOfTimes) {
    auto& client = open();
    for (int i = 0; i < 16; ++i)
        say(client, "40/nowhere,");
    EXPECT_EQ(client.closed, 0);
    say(client, "40/nowhere,");
    EXPECT_EQ(client.closed, 1000);
    auto& verbose = open();
    say(verbose, "40/" + std::string(300, 'n') + ',');
    EXPECT_EQ(verbose.closed, 1000) << "the name would be repeated";
}

TEST_F(SocketServerTest, WhoOnlyTakesAPlaceMakesItForOthers) {
    FakeSocket* inside;
    enter(inside);
    auto& first = open();
    now_ += std::chrono::milliseconds(1);
    auto& second = open();
    server_.makeRoom();
    EXPECT_EQ(first.closed, 1000) << "the oldest";
    EXPECT_EQ(second.closed, 0);
    server_.makeRoom();
    EXPECT_EQ(second.closed, 0) << "it has only just come";
    EXPECT_EQ(inside->closed, 0);
}

TEST_F(SocketServerTest, TheServerMayAsk) {
    FakeSocket* client;
    Socket& socket = enter(client);
    Heard answers;
    const auto keep = [&](const Values* values) {
        answers.push_back(values ? joinArray(values->arguments) : "none");
    };
    socket.request("question", {{"1"}}, keep);
    EXPECT_EQ(client->next(), R"(420["question",1])");
    say(*client, "437[]"); // nobody asked that
    say(*client, R"(430["yes"])");
    say(*client, R"(430["again"])");
    socket.request("question", {}, keep);
    engine_.gone(*client, engineio::Reason::TransportClose);
    socket.request("question", {}, keep);
    EXPECT_EQ(answers, (Heard{R"(["yes"])", "none", "none"}));
}

TEST_F(SocketServerTest, QuestionsThatNobodyAnswersAreBounded) {
    FakeSocket* client;
    Socket& socket = enter(client);
    // The others are told at the end of the server, behind this function.
    const auto unanswered = std::make_shared<std::size_t>(0);
    for (std::size_t i = 0; i < Socket::maxRequests + 3; ++i)
        socket.request("question", {}, [=](const Values* values) { *unanswered += values ? 0 : 1; });
    EXPECT_EQ(*unanswered, 3U);
}

TEST_F(SocketServerTest, AClientLeavesANamespaceAndTheConnectionStays) {
    FakeSocket* client;
    enter(client).join("room");
    say(*client, "41");
    EXPECT_EQ(client->next(), "nothing");
    EXPECT_EQ(client->closed, 0);
    EXPECT_EQ(application_.heard.back(), "client namespace disconnect");
    EXPECT_EQ(root_->sockets() + root_->rooms(), 0U);
    say(*client, "40");
    EXPECT_EQ(client->next().substr(0, 2), "40");
}

TEST_F(SocketServerTest, TheServerPutsAClientOut) {
    FakeSocket* client;
    enter(client);
    say(*client, R"(42["kick"])");
    EXPECT_EQ(client->next(), "41");
    EXPECT_EQ(application_.heard.back(), "server namespace disconnect");
    EXPECT_EQ(client->closed, 0);
}

TEST_F(SocketServerTest, TheServerEndsAConnection) {
    FakeSocket* client;
    enter(client);
    say(*client, R"(42["cut"])");
    EXPECT_EQ(client->closed, 1000);
    EXPECT_EQ(application_.heard.back(), "forced close");
}

TEST_F(SocketServerTest, BroadcastsReachTheRoomsOnceWithoutTheExceptions) {
    FakeSocket *a, *b, *c, *d;
    Socket& first = enter(a);
    Socket& second = enter(b);
    Socket& third = enter(c);
    enter(d);
    for (Socket* socket : {&first, &second, &third})
        socket->join("one");
    first.join("two");
    third.join("quiet");
    first.join("one"); // twice is once
    root_->emit({{"one", "two"}, {"quiet"}}, "hey", {{"1"}});
    for (FakeSocket* reached : {a, b}) {
        EXPECT_EQ(reached->next(), R"(42["hey",1])");
        EXPECT_EQ(reached->next(), "nothing");
    }
    EXPECT_EQ(c->next() + d->next(), "nothingnothing");
    root_->emit({{second.id()}}, "you", {}); // everybody is in a room of their own
    EXPECT_EQ(b->next(), R"(42["you"])");
    root_->emit({{}, {first.id()}}, "all", {});
    EXPECT_EQ(a->next(), "nothing");
    for (FakeSocket* reached : {b, c, d})
        EXPECT_EQ(reached->next(), R"(42["all"])");
    first.leave("one");
    root_->emit({{"one"}}, "hey", {});
    EXPECT_EQ(a->next(), "nothing");
    EXPECT_EQ(b->next(), R"(42["hey"])");
}

TEST_F(SocketServerTest, ABroadcastOutlivesClientsThatItEnds) {
    FakeSocket *slow, *other;
    enter(slow).join("room");
    enter(other).join("room");
    slow->stuck = true;
    slow->bytes = 100 << 20;
    root_->emit({{"room"}}, "hey", {});
    EXPECT_TRUE(slow->aborted);
    EXPECT_EQ(other->next(), R"(42["hey"])");
    EXPECT_EQ(application_.heard.back(), "too slow");
    engine_.collect();
    root_->emit({{"room"}}, "hey", {});
    EXPECT_EQ(other->next(), R"(42["hey"])");
}

TEST_F(SocketServerTest, ARelayHearsOfBroadcasts) {
    struct Kept : Relay {
        void publish(const std::string& space, const Target& target, std::string_view name,
                     const Values& v) override {
            last = space + ' ' + target.rooms[0] + ' ' + std::string(name) + ' ' + joinArray(v.arguments);
        }
        std::string last;
    } relay;
    root_->relayBy(&relay);
    root_->emit({{"room"}}, "hey", {{"1"}});
    EXPECT_EQ(relay.last, "/ room hey [1]");
    relay.last.clear();
    root_->emitHere({{"room"}}, "hey", {});
    EXPECT_EQ(relay.last, "");
}

} // namespace
} // namespace lm::socketio
