#include "service/meet/recording.hpp"

#include "tests/support/fakelivekit.hpp"

#include <gtest/gtest.h>

namespace lm::meet {
namespace {

using livekit::Egress;
using livekit::EgressKind;
using livekit::EgressStatus;
using livekit::Failure;
using test::FakeLiveKit;

class RecordingTest : public ::testing::Test {
protected:
    RecordingTest() {
        options_.api = &livekit_;
        options_.upload = {"id", "SECRET", "bucket", "", "eu"};
        options_.refuses = [this](const http::Request&) { return refusal_; };
        options_.now = [] {
            return std::chrono::system_clock::time_point(std::chrono::seconds(1'767'225'600));
        };
    }
    /// Asks; what comes at once or later is in `answers_`.
    http::Response ask(const std::string& path, const std::string& query = "roomName=demo",
                       std::vector<std::pair<std::string, std::string>> headers = {}) {
        if (!recording_) {
            recording_ = std::make_unique<Recording>(options_);
            recording_->addTo(router_);
        }
        http::Request request{"GET", path, query, ""};
        request.headers = std::move(headers);
        http::Response response = router_.answer(request);
        if (response.later)
            response.later([this](http::Response came) { answers_.push_back(std::move(came)); });
        return response;
    }
    static Egress egress(const std::string& id, EgressKind kind = EgressKind::RoomComposite,
                         EgressStatus status = EgressStatus::Active) {
        Egress egress;
        egress.id = id;
        egress.roomName = "demo";
        egress.kind = kind;
        egress.status = status;
        return egress;
    }

    FakeLiveKit livekit_;
    RecordingOptions options_;
    std::optional<http::Response> refusal_;
    http::Router router_;
    std::unique_ptr<Recording> recording_;
    std::vector<http::Response> answers_;
};

TEST_F(RecordingTest, StartsACompositeOfTheRoom) {
    ask("/api/record/start");
    EXPECT_EQ(livekit_.egresses.at(0).request.roomName, "demo");
    livekit_.answer(livekit_.egresses, {std::vector<Egress>{}});
    const auto& request = livekit_.composites.at(0).request;
    EXPECT_EQ(request.roomName, "demo");
    EXPECT_EQ(request.layout, "speaker");
    EXPECT_EQ(request.filepath, "2026-01-01T00:00:00.000Z-demo.mp4");
    EXPECT_EQ(request.upload.secret, "SECRET");
    livekit_.answer(livekit_.composites, {egress("EG_1")});
    ASSERT_EQ(answers_.size(), 1u);
    EXPECT_EQ(answers_[0].status, 200u);
    EXPECT_EQ(answers_[0].body, R"({"egressId":"EG_1","file":"2026-01-01T00:00:00.000Z-demo.mp4"})");
}

TEST_F(RecordingTest, TheAnalysisOfTracksIsNoRecording) {
    ask("/api/record/start");
    livekit_.answer(livekit_.egresses, {std::vector<Egress>{egress("EG_1", EgressKind::Track)}});
    EXPECT_EQ(livekit_.composites.size(), 1u);
    ask("/api/record/stop");
    livekit_.answer(livekit_.egresses, {std::vector<Egress>{egress("EG_1", EgressKind::Track)}});
    EXPECT_EQ(answers_.at(0).status, 404u);
    EXPECT_TRUE(livekit_.stops.empty());
}

TEST_F(RecordingTest, ASecondRecordingOfARoomIsAConflict) {
    ask("/api/record/start");
    livekit_.answer(livekit_.egresses, {std::vector<Egress>{egress("EG_1")}});
    EXPECT_EQ(answers_.at(0).status, 409u);
    ask("/api/record/start"); // the first is over: asked anew
    EXPECT_EQ(livekit_.egresses.size(), 1u);
}

TEST_F(RecordingTest, TwoStartsAtOnceAreOneRecording) {
    ask("/api/record/start");
    ask("/api/record/start");
    ASSERT_EQ(answers_.size(), 1u);
    EXPECT_EQ(answers_[0].status, 409u);
    EXPECT_EQ(livekit_.egresses.size(), 1u);
}

TEST_F(RecordingTest, WhatIsEndingIsNoRecordingAnyMore) {
    ask("/api/record/start");
    livekit_.answer(livekit_.egresses,
                    {std::vector<Egress>{egress("EG_1", EgressKind::RoomComposite, EgressStatus::Ending)}});
    EXPECT_EQ(livekit_.composites.size(), 1u);
}

TEST_F(RecordingTest, StopsEveryRecordingOfTheRoom) {
    ask("/api/record/stop");
    livekit_.answer(livekit_.egresses,
                    {std::vector<Egress>{egress("EG_1"), egress("EG_2", EgressKind::Track), egress("EG_3")}});
    ASSERT_EQ(livekit_.stops.size(), 2u);
    livekit_.answer(livekit_.stops, {egress("EG_1")});
    EXPECT_TRUE(answers_.empty());
    livekit_.answer(livekit_.stops, {Failure{Failure::Kind::Precondition, "has ended"}});
    ASSERT_EQ(answers_.size(), 1u);
    EXPECT_EQ(answers_[0].status, 200u);
}

TEST_F(RecordingTest, AStopThatFailedIsTold) {
    ask("/api/record/stop");
    livekit_.answer(livekit_.egresses, {std::vector<Egress>{egress("EG_1"), egress("EG_3")}});
    livekit_.answer(livekit_.stops, {Failure{Failure::Kind::Broken, "LiveKit answered 500"}});
    livekit_.answer(livekit_.stops, {egress("EG_3")});
    EXPECT_EQ(answers_.at(0).status, 500u);
}

TEST_F(RecordingTest, TellsWhyLiveKitDidNot) {
    const auto status = [this](Failure failure) {
        ask("/api/record/start");
        livekit_.answer(livekit_.egresses, {std::vector<Egress>{}});
        livekit_.answer(livekit_.composites, {std::move(failure)});
        return answers_.back().status;
    };
    using Kind = Failure::Kind;
    EXPECT_EQ(status({Kind::NotFound, "no room"}), 404u);
    EXPECT_EQ(status({Kind::Late, "late"}), 504u);
    EXPECT_EQ(status({Kind::Busy, "no response from servers"}), 503u);
    EXPECT_EQ(status({Kind::Unreachable, "refused"}), 503u);
    EXPECT_EQ(status({Kind::Broken, "LiveKit answered 500: egress not connected (redis required)"}), 503u);
    EXPECT_EQ(status({Kind::Refused, "LiveKit answered 401"}), 500u);
}

TEST_F(RecordingTest, AFailedListFreesTheRoom) {
    for (int i = 0; i < 2; ++i) {
        ask("/api/record/start");
        livekit_.answer(livekit_.egresses, {Failure{Failure::Kind::Unreachable, "refused"}});
    }
    EXPECT_EQ(answers_.at(1).status, 503u);
}

TEST_F(RecordingTest, ARoomMustBeNamed) {
    for (const char* path : {"/api/record/start", "/api/record/stop"}) {
        EXPECT_EQ(ask(path, "").status, 403u);
        EXPECT_EQ(ask(path, "roomName=").status, 403u);
        EXPECT_EQ(ask(path, "roomName=%ff").status, 400u);
    }
    EXPECT_TRUE(livekit_.egresses.empty());
}

TEST_F(RecordingTest, WhoMayNotIsAskedNothing) {
    refusal_ = http::problem(401, "unauthorised", "no");
    EXPECT_EQ(ask("/api/record/start").status, 401u);
    EXPECT_EQ(ask("/api/record/stop").status, 401u);
    EXPECT_TRUE(livekit_.egresses.empty());
}

TEST_F(RecordingTest, APageOfAnotherSiteMayNot) {
    EXPECT_EQ(ask("/api/record/start", "roomName=demo", {{"Sec-Fetch-Site", "cross-site"}}).status, 403u);
    EXPECT_TRUE(ask("/api/record/start", "roomName=demo", {{"Sec-Fetch-Site", "same-origin"}}).later);
}

TEST_F(RecordingTest, SaysWhatIsNotConfigured) {
    options_.upload.bucket.clear();
    const auto response = ask("/api/record/start");
    EXPECT_EQ(response.status, 500u);
    EXPECT_NE(response.body.find("S3_BUCKET"), std::string::npos);
    EXPECT_EQ(response.body.find("SECRET\""), std::string::npos);
}

TEST_F(RecordingTest, ARoomNameMakesNoFolder) {
    ask("/api/record/start", "roomName=..%2Fa");
    livekit_.answer(livekit_.egresses, {std::vector<Egress>{}});
    EXPECT_EQ(livekit_.composites.at(0).request.filepath.find('/'), std::string::npos);
}

} // namespace
} // namespace lm::meet
