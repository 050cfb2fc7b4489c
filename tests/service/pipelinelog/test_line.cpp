#include "service/pipelinelog/line.hpp"

#include "service/json/embedded.hpp"
#include "service/json/schema.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace {

using namespace lm;
using namespace lm::pipeline;
using namespace lm::pipelinelog;

constexpr double silence = -std::numeric_limits<double>::infinity();

TrackInfo track() {
    TrackInfo info;
    info.id = "0a1b2c3d-4e5f";
    info.request.room = "room \"one\"\n";
    info.request.participant = "Zoë";
    info.recording = "/x/y.wav";
    return info;
}

const RecordingPart part{2, "/x/y-part2.wav", 144000, 0, 48000, 2};
const BlockId id{7, 96000, 48000, "key"};

std::vector<Event> loggedEvents() {
    return {BlockEvent{1, 96000, 96000, 384000, 1'700'000'000'123'000'000, 48000, 2, -3.5, -23.0, 1.5,
                       "duration"},
            BlockEvent{0, 0, 96000, 384000, 0, 48000, 2, silence, silence, 1.0, "eos"},
            PartOpenedEvent{part},
            PartClosedEvent{part, 48000},
            RecordingPausedEvent{96000, "No space left on device", "/x/y.wav"},
            RecordingResumedEvent{144000, 48000},
            RecordedEvent{96000, 48000, 2},
            MutedEvent{true, 5},
            GapEvent{5, 1'500'000'000, 72000, 0},
            FormatAlarmEvent{48000, 1, 48000, 2, 192000, 2, "left equals right", true, 5},
            StallEvent{5, 1'700'000'000'000'000'000, 1'500'000'000, 500'000'000, 1'000'000'000, true},
            DeliveredEvent{id, 1, 200, 1'000'000, "{\"emotion\":\"joy\"}"},
            DeliveredEvent{id, 1, 204, 1'000'000, std::nullopt},
            RetryingEvent{id, 1, 503, 250'000'000, "status 503"},
            FailedEvent{id, 3, 0, "timeout"},
            DroppedEvent{id, "the queue of the track is full"},
            SkippedEvent{id, "silence"},
            LeftOutEvent{5, 480, "muted"},
            SoundEvent{"clipping", true, 0.01, 1, 480, "it clips"},
            SpooledEvent{id, 3, 503, "HTTP 503"}};
}

class Lines : public testing::Test {
protected:
    void expectValid(const std::string& line) {
        EXPECT_EQ(line.find('\n'), std::string::npos);
        const auto node = json::parse(line, "line");
        ASSERT_TRUE(node) << line;
        const auto error = schema_->check(node->get());
        EXPECT_FALSE(error) << error->where << ": " << error->message << "\n" << line;
    }
    Result<json::Schema> schema_ = json::Schema::compileText(json::embeddedSchema("pipeline-log.schema.json"),
                                                             "pipeline-log.schema.json");
    domain::UtcTime now_ = domain::UtcTime(std::chrono::milliseconds(1'700'000'002'456));
};

TEST_F(Lines, EveryLineMatchesTheSchema) {
    ASSERT_TRUE(schema_);
    expectValid(startedLine(track(), now_));
    for (const Event& event : loggedEvents()) {
        EXPECT_TRUE(hasLine(event));
        const auto line = eventLine(track(), event, now_);
        ASSERT_TRUE(line);
        expectValid(*line);
    }
    for (const auto kind :
         {OutcomeKind::Ok, OutcomeKind::OurFault, OutcomeKind::DestinationFault, OutcomeKind::Cancelled})
        expectValid(endedLine(track(), {kind, "why"}, now_));
    TrackInfo associated = track();
    associated.request.meetingId = "RM_1";
    expectValid(associatedLine(associated, now_));
}

TEST_F(Lines, TheSchemaRefusesALineWithoutItsFields) {
    ASSERT_TRUE(schema_);
    const auto node =
        json::parse(R"({"time":"2026-01-01T00:00:00.000Z","event":"block","meetingId":"","room":"r",
      "participant":"","trackId":"","track":"x"})",
                    "line");
    ASSERT_TRUE(node);
    EXPECT_TRUE(schema_->check(node->get()));
}

TEST_F(Lines, ABlockSaysWhenAndHowLoud) {
    const auto line = eventLine(track(), loggedEvents()[0], now_);
    ASSERT_TRUE(line);
    EXPECT_NE(line->find(R"("utc":"2023-11-14T22:13:20.123Z")"), std::string::npos) << *line;
    EXPECT_NE(line->find(R"("time":"2023-11-14T22:13:22.456Z")"), std::string::npos) << *line;
    EXPECT_NE(line->find(R"("duration":2.0)"), std::string::npos) << *line;
    EXPECT_NE(line->find(R"("rmsDbfs":-23.0)"), std::string::npos) << *line;
}

TEST_F(Lines, DigitalSilenceAndUnknownTimeAreNull) {
    const auto line = eventLine(track(), loggedEvents()[1], now_);
    ASSERT_TRUE(line);
    EXPECT_NE(line->find(R"("peakDbfs":null)"), std::string::npos) << *line;
    EXPECT_NE(line->find(R"("utc":null)"), std::string::npos) << *line;
}

TEST_F(Lines, OtherEventsHaveNone) {
    for (const Event& event :
         std::vector<Event>{EosEvent{}, DownEvent{}, ErrorEvent{}, StartedEvent{}, ClosedEvent{}}) {
        EXPECT_FALSE(hasLine(event));
        EXPECT_FALSE(eventLine(track(), event, now_));
    }
}

} // namespace
