#include "service/livekit/reading.hpp"

#include "service/json/object.hpp"
#include "service/livekit/requests.hpp"

#include <gtest/gtest.h>

namespace lm::livekit {
namespace {

json::Node parsed(const std::string& text) {
    auto node = json::parse(text, "test");
    EXPECT_TRUE(node) << text;
    return node ? *node : json::Object().node();
}

TEST(Reading, TakesTheDialectOfAnswers) {
    const Egress egress =
        readEgress(parsed(R"({"egress_id":"EG_1","room_id":"RM_1","room_name":"demo","status":"EGRESS_ACTIVE",
                   "started_at":"1767225603000000001","ended_at":"0","error":"","error_code":0,
                   "track":{"room_name":"demo","track_id":"TR_1","websocket_url":"wss://h/p?token=t"},
                   "manifest_location":"","backup_storage_used":false,"stream":null})")
                       .get());
    EXPECT_EQ(egress.id, "EG_1");
    EXPECT_EQ(egress.roomName, "demo");
    EXPECT_EQ(egress.roomSid, "RM_1");
    EXPECT_EQ(egress.kind, EgressKind::Track);
    EXPECT_EQ(egress.status, EgressStatus::Active);
    EXPECT_EQ(egress.trackId, "TR_1");
    EXPECT_EQ(egress.websocketUrl, "wss://h/p?token=t");
    EXPECT_EQ(egress.startedAtNs, 1767225603000000001);
}

TEST(Reading, TakesTheDialectOfWebhooks) {
    const Egress egress =
        readEgress(parsed(R"({"egressId":"EG_f","roomName":"demo","status":"EGRESS_FAILED","errorCode":503,
                              "error":"broken pipe","details":"End reason: Failure","startedAt":5,
                              "track":{"trackId":"TR_1","websocketUrl":"ws://h"}})")
                       .get());
    EXPECT_EQ(egress.status, EgressStatus::Failed);
    EXPECT_EQ(egress.errorCode, 503u);
    EXPECT_EQ(egress.trackId, "TR_1");
    EXPECT_EQ(egress.details, "End reason: Failure");
    EXPECT_EQ(egress.startedAtNs, 5);
}

TEST(Reading, WhatIsLeftOutIsTheDefault) {
    EXPECT_EQ(readEgress(parsed(R"({"egressId":"EG_1"})").get()).status, EgressStatus::Starting);
    const Track track = readTrack(parsed(R"({"sid":"TR_1","source":"MICROPHONE"})").get());
    EXPECT_EQ(track.kind, TrackKind::Audio);
    EXPECT_FALSE(track.encrypted);
    EXPECT_EQ(readParticipant(parsed("{}").get()).kind, "STANDARD");
}

TEST(Reading, EnumsComeByNameOrNumber) {
    EXPECT_EQ(readEgress(parsed(R"({"status":4})").get()).status, EgressStatus::Failed);
    EXPECT_EQ(readEgress(parsed(R"({"status":"EGRESS_LIMIT_REACHED"})").get()).status,
              EgressStatus::LimitReached);
    EXPECT_EQ(readTrack(parsed(R"({"type":1})").get()).kind, TrackKind::Video);
    EXPECT_EQ(readTrack(parsed(R"({"type":"VIDEO"})").get()).kind, TrackKind::Video);
    EXPECT_EQ(readTrack(parsed(R"({"type":"HOLOGRAM"})").get()).kind, TrackKind::Data);
    EXPECT_TRUE(readTrack(parsed(R"({"encryption":"GCM"})").get()).encrypted);
    EXPECT_TRUE(readTrack(parsed(R"({"encryption":9})").get()).encrypted);
    EXPECT_FALSE(isLive(readEgress(parsed(R"({"status":"EGRESS_SOMETHING_NEW"})").get()).status));
}

TEST(Reading, SurvivesWrongTypes) {
    const Egress egress = readEgress(
        parsed(
            R"({"egress_id":7,"status":{},"track":[],"error_code":"x","started_at":true,"room_name":null})")
            .get());
    EXPECT_EQ(egress.id, "");
    EXPECT_EQ(egress.kind, EgressKind::Other);
    EXPECT_EQ(egress.errorCode, 0u);
    EXPECT_TRUE(readRooms(parsed(R"({"rooms":{"a":1}})").get()).empty());
    EXPECT_TRUE(readParticipants(parsed("[]").get()).empty());
}

TEST(Reading, ReadsLists) {
    const auto participants =
        readParticipants(parsed(R"({"participants":[{"sid":"PA_1","identity":"alice","kind":"AGENT",
                   "tracks":[{"sid":"TR_1","type":"AUDIO","mime_type":"audio/red","muted":true}]}]})")
                             .get());
    ASSERT_EQ(participants.size(), 1u);
    EXPECT_EQ(participants[0].kind, "AGENT");
    ASSERT_EQ(participants[0].tracks.size(), 1u);
    EXPECT_TRUE(participants[0].tracks[0].muted);
    std::string next;
    EXPECT_EQ(readEgresses(
                  parsed(R"({"items":[{"egress_id":"EG_1"}],"next_page_token":{"token":"n"}})").get(), next)
                  .size(),
              1u);
    EXPECT_EQ(next, "n");
}

TEST(Requests, AreProto3Json) {
    EXPECT_EQ(bodyOf(TrackEgressRequest{"a \"room\"", "TR_1", "ws://h?a=b"}),
              R"({"roomName":"a \"room\"","trackId":"TR_1","websocketUrl":"ws://h?a=b"})");
    EXPECT_EQ(bodyOf(EgressFilter{"demo", true}, "n"),
              R"({"roomName":"demo","active":true,"pageToken":{"token":"n"}})");
    EXPECT_EQ(bodyOf(EgressFilter{}, ""), "{}");
    CompositeRequest composite{"demo", "speaker", "f.mp4", {"k", "s", "b", "", "eu"}};
    EXPECT_EQ(bodyOf(composite),
              R"({"roomName":"demo","layout":"speaker","fileOutputs":[{"filepath":"f.mp4",)"
              R"("s3":{"accessKey":"k","secret":"s","bucket":"b","region":"eu"}}]})");
}

} // namespace
} // namespace lm::livekit
