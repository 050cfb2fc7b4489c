#include "service/socketio/cluster.hpp"
#include "service/socketio/jsontext.hpp"
#include "service/socketio/msgpack.hpp"

#include <gtest/gtest.h>

namespace lm::socketio {
namespace {

using namespace std::string_literals;

TEST(Msgpack, ReadsWhatItWrites) {
    for (const char* json :
         {"null", "true", "false", "0", "127", "128", "-1", "-32", "-33", "9007199254740991", "-0.5",
          "1e+100", R"("")", R"("text\n")", "[]", "[1,[2,{}]]", R"({"a":{"b":[null]},"c":"d"})"}) {
        const auto packed = toMsgpack(json, {});
        ASSERT_TRUE(packed) << json;
        const auto again = fromMsgpack(*packed);
        ASSERT_TRUE(again) << json;
        const auto text = unquote(json);
        EXPECT_EQ(text ? quote(*text) : std::string(json), again->json);
    }
}

TEST(Msgpack, WritesTheFormsOfTheSpecification) {
    EXPECT_EQ(toMsgpack(R"( {"a":[1,true]} )", {}), "\x81\xa1"s + "a\x92\x01\xc3");
    EXPECT_EQ(toMsgpack("1.5", {}), "\xcb\x3f\xf8\0\0\0\0\0\0"s);
    EXPECT_EQ(toMsgpack(R"([{"_placeholder":true,"num":0}])", {engineio::Outgoing::binary("\x07")}),
              "\x91\xc4\x01\x07");
    EXPECT_FALSE(toMsgpack("{", {}));
}

TEST(Msgpack, BytesBecomeAttachments) {
    const auto read = fromMsgpack("\x92\xc4\x02hi\xc4\x00"s);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->json, R"([{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])");
    ASSERT_EQ(read->attachments.size(), 2U);
    EXPECT_EQ(read->attachments[0]->packet(), "hi");
}

TEST(Msgpack, WhatIsNoneOrTooDeepIsRefused) {
    for (const std::string& wrong :
         {""s, "\x91"s, "\xa2x"s, "\xc1"s, "\x01\x01"s, "\x81\x01\x01"s, "\xa1\xff"s, "\xa2\xc3("s,
          "\xdd\xff\xff\xff\xff"s, "\xc6\xff\xff\xff\xff"s, std::string(1000, '\x91')})
        EXPECT_FALSE(fromMsgpack(wrong));
}

/// Clients that write down what comes.
struct Kept : Wire {
    void send(const Encoded& packet) override {
        for (const auto& part : packet)
            got.emplace_back(part->packet());
    }
    void released(const std::string&) override { got.emplace_back("out"); }
    void close() override { got.emplace_back("closed"); }
    std::vector<std::string> got;
};

struct Silent : Application {
    void event(Socket&, Event) override {}
};

class ClusterTest : public ::testing::Test {
protected:
    ClusterTest() {
        space_.entered(*socket_);
        socket_->join("r1");
    }
    void receive(const std::string& type, const std::string& rest, const std::string& uid = "other") {
        std::string json = R"({"type":)";
        cluster_.receive(
            {json.append(type).append(rest).append(R"(,"uid":")").append(uid).append(R"(","nsp":"/"})")});
    }
    std::string last() const { return sent_.empty() ? "" : sent_.back().json; }

    Silent application_;
    Namespace space_{"/", application_};
    Kept wire_;
    std::shared_ptr<Socket> socket_ = std::make_shared<Socket>("me", space_, wire_);
    std::vector<ClusterMessage> sent_;
    Cluster cluster_{"0abcce8895e9a783", space_,
                     [this](ClusterMessage message) { sent_.push_back(std::move(message)); }};
};

TEST_F(ClusterTest, WritesABroadcastAsTheReferenceDoes) {
    cluster_.publish("/", {{"r1"}}, "user-joined", {{R"({"clientId":"x"})"}});
    EXPECT_EQ(last(),
              R"({"type":3,"data":{"packet":{"type":2,"data":["user-joined",{"clientId":"x"}],"nsp":"/"},)"
              R"("opts":{"rooms":["r1"],"except":[],"flags":{}}},"uid":"0abcce8895e9a783","nsp":"/"})");
}

TEST_F(ClusterTest, ABroadcastOfAnotherServerReachesTheRoomAndGoesNoFurther) {
    const std::string data =
        R"(,"data":{"packet":{"type":2,"data":["hey",1]},"opts":{"rooms":["r1"],"except":[],"flags":{}}})";
    receive("3", data);
    EXPECT_EQ(wire_.got, std::vector<std::string>{R"(42["hey",1])"});
    receive("3", data, cluster_.uid()); // our own comes back
    receive("3", R"(,"data":{"packet":{"type":2,"data":["hey"]},"opts":{"rooms":["r2"],"except":[]}})");
    EXPECT_EQ(wire_.got.size(), 1U);
    EXPECT_TRUE(sent_.empty());
}

TEST_F(ClusterTest, AnswersWhoGreetsAndWhoAsks) {
    receive("1", "");
    EXPECT_EQ(last(), R"({"type":2,"uid":"0abcce8895e9a783","nsp":"/"})");
    receive("7", R"(,"data":{"opts":{"rooms":[],"except":[]},"requestId":"q"})");
    EXPECT_EQ(
        last(),
        R"({"type":8,"data":{"requestId":"q","sockets":[{"id":"me","handshake":{},"rooms":["me","r1"],"data":{}}]},)"
        R"("uid":"0abcce8895e9a783","nsp":"/"})");
}

TEST_F(ClusterTest, MovesAndDisconnectsWhomOthersName) {
    receive("4", R"(,"data":{"opts":{"rooms":["r1"],"except":[]},"rooms":["r2"]})");
    EXPECT_TRUE(socket_->rooms().contains("r2"));
    receive("5", R"(,"data":{"opts":{"rooms":["me"],"except":[]},"rooms":["r2"]})");
    EXPECT_FALSE(socket_->rooms().contains("r2"));
    receive("6", R"(,"data":{"opts":{"rooms":["r1"],"except":[]},"close":false})");
    EXPECT_EQ(wire_.got, (std::vector<std::string>{"41", "out"}));
}

TEST_F(ClusterTest, WhatIsNoMessageIsDropped) {
    for (const char* wrong :
         {"", "{", "[]", "{}", R"({"uid":"x"})", R"({"uid":"x","type":3,"data":{"packet":{"data":[5]}}})",
          R"({"uid":"x","nsp":"/other","type":1})", R"({"uid":"x","type":99,"data":{}})"})
        cluster_.receive({wrong});
    EXPECT_TRUE(sent_.empty() && wire_.got.empty());
}

} // namespace
} // namespace lm::socketio
