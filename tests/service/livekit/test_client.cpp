#include "service/livekit/client.hpp"

#include "tests/support/eventually.hpp"
#include "tests/support/twirppeer.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace lm::livekit {
namespace {

using test::TwirpPeer;
using Kind = Failure::Kind;

class ClientTest : public ::testing::Test {
protected:
    ClientTest() { peer_.world().lock()->rooms["demo"]["alice"] = {{"TR_1"}}; }

    ClientOptions options() {
        ClientOptions options;
        options.origin = peer_.origin();
        options.mint = [](const Grants& grants) {
            return std::string("list=") + (grants.roomList ? "1" : "0") +
                   ",record=" + (grants.roomRecord ? "1" : "0") + ",admin=" + grants.adminOf;
        };
        options.retryDelay = std::chrono::milliseconds(1);
        return options;
    }
    template <typename T> Then<T> into(std::optional<Reply<T>>& reply) {
        return [&reply](Reply<T> came) { reply.emplace(std::move(came)); };
    }
    template <typename T> static bool came(const std::optional<Reply<T>>& reply) {
        return test::eventually([&] { return reply.has_value(); });
    }

    TwirpPeer peer_;
};

TEST_F(ClientTest, ListsRoomsParticipantsAndEgressesWithTheirGrants) {
    Client client(options());
    std::optional<Reply<std::vector<Room>>> rooms;
    std::optional<Reply<std::vector<Participant>>> participants;
    std::optional<Reply<std::vector<Egress>>> egresses;
    client.listRooms(into(rooms));
    client.listParticipants("demo", into(participants));
    client.listEgress({"demo", true}, into(egresses));
    ASSERT_TRUE(came(rooms) && came(participants) && came(egresses));
    ASSERT_TRUE(*rooms && *participants && *egresses);
    EXPECT_EQ((*rooms)->at(0).sid, "RM_demo");
    EXPECT_EQ((*participants)->at(0).tracks.at(0).sid, "TR_1");
    EXPECT_TRUE((*egresses)->empty());
    EXPECT_EQ(peer_.requests("ListRooms").at(0).header("authorization"), "Bearer list=1,record=0,admin=");
    EXPECT_EQ(peer_.requests("ListParticipants").at(0).header("authorization"),
              "Bearer list=0,record=0,admin=demo");
    EXPECT_EQ(peer_.requests("ListEgress").at(0).header("authorization"), "Bearer list=0,record=1,admin=");
    EXPECT_EQ(peer_.requests("ListEgress").at(0).header("content-type"), "application/json");
    EXPECT_EQ(peer_.requests("ListEgress").at(0).path, "/twirp/livekit.Egress/ListEgress");
}

TEST_F(ClientTest, StartsAndStopsEgresses) {
    Client client(options());
    std::optional<Reply<Egress>> started, composite, stopped;
    client.startTrackEgress({"demo", "TR_1", "ws://h/egress-audio?token=t"}, into(started));
    ASSERT_TRUE(came(started) && *started);
    EXPECT_EQ((*started)->status, EgressStatus::Starting);
    EXPECT_EQ((*started)->websocketUrl, "ws://h/egress-audio?token=t");
    client.startRoomComposite({"demo", "speaker", "x.mp4", {}}, into(composite));
    ASSERT_TRUE(came(composite) && *composite);
    EXPECT_EQ((*composite)->kind, EgressKind::RoomComposite);
    client.stopEgress((*started)->id, into(stopped));
    ASSERT_TRUE(came(stopped) && *stopped);
    EXPECT_EQ((*stopped)->status, EgressStatus::Ending);
}

TEST_F(ClientTest, RepeatsAListThatFailedInPassing) {
    peer_.answerNext("ListRooms", TwirpPeer::error(503, "unavailable", "no response from servers"));
    peer_.answerNext("ListRooms", TwirpPeer::error(500, "internal", "x"));
    Client client(options());
    std::optional<Reply<std::vector<Room>>> rooms;
    client.listRooms(into(rooms));
    ASSERT_TRUE(came(rooms));
    EXPECT_TRUE(*rooms);
    EXPECT_EQ(peer_.requests("ListRooms").size(), 3u);
}

TEST_F(ClientTest, GivesUpAListAfterItsAttempts) {
    for (int i = 0; i < 3; ++i)
        peer_.answerNext("ListRooms", TwirpPeer::error(500, "internal", "egress not connected"));
    Client client(options());
    std::optional<Reply<std::vector<Room>>> rooms;
    client.listRooms(into(rooms));
    ASSERT_TRUE(came(rooms));
    EXPECT_EQ(rooms->failure().kind, Kind::Broken);
    EXPECT_EQ(rooms->failure().message, "LiveKit answered 500: egress not connected");
    EXPECT_EQ(peer_.requests("ListRooms").size(), 3u);
    EXPECT_EQ(client.stats().requests, 3u);
    EXPECT_EQ(client.stats().failures, 1u);
}

TEST_F(ClientTest, NeverRepeatsAStart) {
    peer_.answerNext("StartTrackEgress", TwirpPeer::error(503, "unavailable", "no response from servers"));
    Client client(options());
    std::optional<Reply<Egress>> started;
    client.startTrackEgress({"demo", "TR_1", "ws://h"}, into(started));
    ASSERT_TRUE(came(started));
    EXPECT_EQ(started->failure().kind, Kind::Busy);
    EXPECT_EQ(peer_.requests("StartTrackEgress").size(), 1u);
}

TEST_F(ClientTest, DoesNotRepeatWhatCannotSucceed) {
    peer_.answerNext("ListRooms", {401, {{"Content-Type", "text/plain"}}, "invalid API key"});
    Client client(options());
    std::optional<Reply<std::vector<Room>>> rooms;
    client.listRooms(into(rooms));
    ASSERT_TRUE(came(rooms));
    EXPECT_EQ(rooms->failure().kind, Kind::Refused);
    EXPECT_EQ(peer_.requests("ListRooms").size(), 1u);
}

TEST_F(ClientTest, AStartWithoutAnAnswerMayHaveHappened) {
    peer_.answerNext("StartTrackEgress", {200, {}, "{}", true});
    auto slow = options();
    slow.startTimeout = std::chrono::milliseconds(50);
    Client client(slow);
    std::optional<Reply<Egress>> started;
    client.startTrackEgress({"demo", "TR_1", "ws://h"}, into(started));
    ASSERT_TRUE(came(started));
    EXPECT_EQ(started->failure().kind, Kind::Late);
    EXPECT_EQ(started->failure().message, "LiveKit cannot be reached: no answer within 50 ms");
    peer_.http().release();
}

TEST_F(ClientTest, AStartThatNobodyTookHasNotHappened) {
    auto nobody = options();
    nobody.origin = "http://127.0.0.1:" + std::to_string(test::refusedPort());
    Client client(nobody);
    std::optional<Reply<Egress>> started;
    client.startTrackEgress({"demo", "TR_1", "ws://h"}, into(started));
    ASSERT_TRUE(came(started));
    EXPECT_EQ(started->failure().kind, Kind::Unreachable);
}

TEST_F(ClientTest, AnAnswerThatIsNoneIsAFailure) {
    for (const char* body : {"", "<html>", "[]", "{\"egress_id\":\"\"}", "{"}) {
        peer_.answerNext("StartTrackEgress", {200, {}, body});
        Client client(options());
        std::optional<Reply<Egress>> started;
        client.startTrackEgress({"demo", "TR_1", "ws://h"}, into(started));
        ASSERT_TRUE(came(started));
        ASSERT_FALSE(*started) << body;
        EXPECT_EQ(started->failure().kind, Kind::Broken) << body;
    }
}

TEST_F(ClientTest, AnAnswerWithoutEndIsCutOff) {
    peer_.answerNext("StopEgress", {200, {}, std::string(Call::maxAnswer + 1, ' ')});
    auto once = options();
    once.listAttempts = 1;
    Client client(once);
    std::optional<Reply<Egress>> stopped;
    client.stopEgress("EG_1", into(stopped));
    ASSERT_TRUE(came(stopped));
    EXPECT_NE(stopped->failure().message.find("longer than"), std::string::npos);
}

TEST_F(ClientTest, FollowsTheRedirectOfNobody) {
    peer_.answerNext("ListRooms", {307, {{"Location", "http://127.0.0.1:1/"}}, ""});
    auto once = options();
    once.listAttempts = 1;
    Client client(once);
    std::optional<Reply<std::vector<Room>>> rooms;
    client.listRooms(into(rooms));
    ASSERT_TRUE(came(rooms));
    EXPECT_EQ(rooms->failure().status, 307u);
}

TEST_F(ClientTest, TurnsThePagesOfAList) {
    peer_.answerNext("ListEgress",
                     {200, {}, R"({"items":[{"egress_id":"EG_1"}],"next_page_token":{"token":"two"}})"});
    peer_.answerNext("ListEgress", {200, {}, R"({"items":[{"egress_id":"EG_2"}],"next_page_token":null})"});
    Client client(options());
    std::optional<Reply<std::vector<Egress>>> egresses;
    client.listEgress({}, into(egresses));
    ASSERT_TRUE(came(egresses) && *egresses);
    ASSERT_EQ((*egresses)->size(), 2u);
    EXPECT_EQ(peer_.requests("ListEgress").at(1).body, R"({"pageToken":{"token":"two"}})");
}

TEST_F(ClientTest, AListWithoutEndIsRefused) {
    for (int i = 0; i < 20; ++i)
        peer_.answerNext("ListEgress", {200, {}, R"({"items":[],"next_page_token":{"token":"again"}})"});
    Client client(options());
    std::optional<Reply<std::vector<Egress>>> egresses;
    client.listEgress({}, into(egresses));
    ASSERT_TRUE(came(egresses));
    EXPECT_FALSE(*egresses);
}

TEST_F(ClientTest, GoesWhileRequestsAreUnderWay) {
    peer_.answerNext("ListRooms", {200, {}, "{}", true});
    bool answered = false;
    {
        Client client(options());
        client.listRooms([&](const Reply<std::vector<Room>>&) { answered = true; });
        ASSERT_TRUE(test::eventually([&] { return peer_.http().held() == 1; }));
    }
    peer_.http().release();
    while (g_main_context_iteration(nullptr, FALSE)) {
    }
    EXPECT_FALSE(answered);
}

} // namespace
} // namespace lm::livekit
