#include "service/webhook/reading.hpp"

#include "tests/service/webhook/vector.hpp"

#include <gtest/gtest.h>

#include <map>

namespace lm::webhook {
namespace {

constexpr domain::UtcTime arrived{std::chrono::seconds(1767300000)};

Event mustRead(const std::string& body) {
    auto event = readEvent(body, arrived);
    EXPECT_TRUE(event) << body << ": " << (event ? "" : event.error().message);
    return event ? *event : Event{};
}

void expectRefused(const std::string& body, const std::string& where) {
    const auto event = readEvent(body, arrived);
    ASSERT_FALSE(event) << body;
    EXPECT_EQ(event.error().where, where) << event.error().message;
    EXPECT_NE(event.error().message, "");
}

TEST(ReadingEvents, TakesTheSpecificationsBody) {
    const Event event = mustRead(R"({"event":"room_started","room":{"sid":"RM_abc123","name":"my-room"}})");
    EXPECT_EQ(event.kind, Kind::RoomStarted);
    EXPECT_EQ(event.id, "");
    EXPECT_EQ(event.createdAt, arrived);
    ASSERT_TRUE(event.room);
    EXPECT_EQ(event.room->sid, "RM_abc123");
    EXPECT_EQ(event.room->name, "my-room");
    EXPECT_EQ(event.room->createdAtMs, 0);
}

TEST(ReadingEvents, TakesLiveKitsRooms) {
    const Event event = mustRead(
        R"({"event":"room_started","room":{"sid":"RM_a","name":"demo","emptyTimeout":300,"creationTime":"1767225600",
            "turnPassword":"x","enabledCodecs":[{"mime":"audio/opus"}],"creationTimeMs":"1767225600123"},
            "id":"EV_1","createdAt":"1767225601","numDropped":0,"unheardOf":{"a":[1]}})");
    EXPECT_EQ(event.id, "EV_1");
    EXPECT_EQ(event.createdAt, domain::UtcTime(std::chrono::seconds(1767225601)));
    EXPECT_EQ(event.room->createdAtMs, 1767225600123);
    EXPECT_EQ(
        mustRead(R"({"event":"room_started","room":{"sid":"RM_a","creationTime":"5"}})").room->createdAtMs,
        5000);
}

TEST(ReadingEvents, TakesLiveKitsTracks) {
    const Event event = mustRead(vector::body);
    EXPECT_EQ(event.kind, Kind::TrackPublished);
    ASSERT_TRUE(event.track && event.participant);
    EXPECT_EQ(event.participant->identity, "alice");
    EXPECT_EQ(event.track->sid, "TR_AMtest000001");
    EXPECT_EQ(event.track->kind, livekit::TrackKind::Audio);
    EXPECT_EQ(event.track->source, "MICROPHONE");
    EXPECT_FALSE(event.egress);
}

TEST(ReadingEvents, TakesLiveKitsEgresses) {
    const Event event = mustRead(
        R"({"event":"egress_ended","egressInfo":{"egressId":"EG_f","status":"EGRESS_FAILED","error":"broken pipe",
            "errorCode":503,"track":{"trackId":"TR_1"}},"id":"EV_10","createdAt":"1767225910"})");
    EXPECT_EQ(event.kind, Kind::EgressEnded);
    ASSERT_TRUE(event.egress);
    EXPECT_EQ(event.egress->status, livekit::EgressStatus::Failed);
    EXPECT_EQ(event.egress->trackId, "TR_1");
    EXPECT_FALSE(event.room);
}

TEST(ReadingEvents, KnowsEveryNameOfTheSpecificationAndOfLiveKit) {
    const std::map<std::string, Kind> kinds = {{"room_started", Kind::RoomStarted},
                                               {"room_created", Kind::RoomStarted},
                                               {"room_finished", Kind::RoomFinished},
                                               {"room_ended", Kind::RoomFinished},
                                               {"room_deleted", Kind::RoomFinished},
                                               {"participant_joined", Kind::ParticipantJoined},
                                               {"participant_left", Kind::ParticipantLeft},
                                               {"participant_connection_aborted", Kind::ParticipantAborted},
                                               {"track_published", Kind::TrackPublished},
                                               {"track_unpublished", Kind::TrackUnpublished},
                                               {"egress_started", Kind::EgressStarted},
                                               {"egress_updated", Kind::EgressUpdated},
                                               {"egress_ended", Kind::EgressEnded},
                                               {"ingress_started", Kind::Other},
                                               {"agent_job_ended", Kind::Other}};
    for (const auto& [name, kind] : kinds) {
        const Event event = mustRead(R"({"event":")" + name +
                                     R"(","room":{"sid":"RM_1"},"participant":{},"track":{"sid":"TR_1"},
                                         "egressInfo":{"egressId":"EG_1"}})");
        EXPECT_EQ(event.kind, kind) << name;
        EXPECT_EQ(event.name, name);
    }
}

TEST(ReadingEvents, TimeIsAStringOrANumberOrThatOfItsArrival) {
    const auto at = [](const std::string& time) {
        return mustRead(R"({"event":"x","createdAt":)" + time + "}").createdAt;
    };
    const domain::UtcTime wanted(std::chrono::seconds(1767225600));
    EXPECT_EQ(at(R"("1767225600")"), wanted);
    EXPECT_EQ(at("1767225600"), wanted);
    for (const char* none : {"0", "-1", R"("")", R"("soon")", R"("1767225600x")", "null", "[]",
                             "9223372036854775807", R"("99999999999999999999")", "1e300"})
        EXPECT_EQ(at(none), arrived) << none;
}

TEST(ReadingEvents, LiveKitLeavesOutTheRoomOfTracksAtTimes) {
    EXPECT_FALSE(mustRead(R"({"event":"track_published","track":{"sid":"TR_1"}})").room);
    EXPECT_FALSE(mustRead(R"({"event":"track_published","track":{"sid":"TR_1"},"room":null})").room);
}

TEST(ReadingEvents, SaysWhatIsWrong) {
    expectRefused("", "body:1:1");
    expectRefused("{", "body:1:1");
    expectRefused("[]", "body");
    expectRefused("{}", "event");
    expectRefused(R"({"event":1})", "event");
    expectRefused(R"({"event":"room_started"})", "room.sid");
    expectRefused(R"({"event":"room_started","room":{"name":"demo"}})", "room.sid");
    expectRefused(R"({"event":"room_finished","room":[]})", "room.sid");
    expectRefused(R"({"event":"participant_joined","room":{"sid":"RM_1"}})", "participant");
    expectRefused(R"({"event":"track_unpublished","track":{}})", "track.sid");
    expectRefused(R"({"event":"egress_ended","egressInfo":{"egress_i":"EG_1"}})", "egressInfo.egressId");
    const std::string tooLong(longestId + 1, 'x');
    expectRefused(R"({"event":"room_started","room":{"sid":")" + tooLong + "\"}}", "room.sid");
    expectRefused(R"({"event":"x","id":")" + tooLong + "\"}", "id");
    expectRefused("{\"event\":\"" + tooLong + "\"}", "event");
}

} // namespace
} // namespace lm::webhook
