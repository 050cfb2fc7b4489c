#include "service/ledger/line.hpp"

#include "service/json/embedded.hpp"
#include "service/json/schema.hpp"

#include <gtest/gtest.h>

namespace {

using namespace lm;
using namespace lm::ledger;
using namespace lm::pipeline;

constexpr std::int64_t utcNs = 1'700'000'000'123'000'000;
const BlockId id{7, 96000, 48000, "key"};
const RecordingPart part{1, "/x/y.wav", 0, utcNs, 48000, 2};

TrackInfo track() {
    TrackInfo info;
    info.id = "0a1b2c3d-4e5f";
    info.request.room = "room \"one\"\n";
    info.request.participant = "Zoë";
    info.recording = "/x/y.wav";
    return info;
}

std::vector<Event> events() {
    BlockEvent block{1, 96000, 96000, 384000, utcNs, 48000, 2, -3.5, -23.0, 1.5, "duration"};
    block.hash = "99aa06d3014798d86001c324468d497f";
    return {PartOpenedEvent{part},
            PartClosedEvent{part, 96000},
            PartClosedEvent{part, 2000, 123456},
            MovieEndedEvent{"/x/y.mkv", "No space left on device"},
            RecordingPausedEvent{5, "No space left on device", "/x/y.wav"},
            RecordedEvent{96000, 5, 1},
            LeftOutEvent{5, 480, "muted"},
            GapEvent{5, 1'500'000'000, 72000, 0},
            ClosedEvent{},
            block,
            DeliveredEvent{id, 1, 200, 1'000'000, "{\"emotion\":\"joy\"}"},
            FailedEvent{id, 3, 0, "timeout"},
            FormatAlarmEvent{48000, 1, 48000, 2, 192000, 2, "twice the bytes", true, 96000},
            DeliveredFromSpoolEvent{id, "m", "p", "t", 1, 200, 5, "{}", true},
            DeadLetterEvent{id, "m", "p", "t", 1, 422, "HTTP 422", true},
            SpooledEvent{id, 3, 0, "timeout"},
            SkippedEvent{id, "silence"},
            DroppedEvent{id, "the queue of the track is full"}};
}

class LedgerLines : public testing::Test {
protected:
    void expectValid(const std::string& line) {
        EXPECT_EQ(line.find('\n'), std::string::npos);
        const auto node = json::parse(line, "line");
        ASSERT_TRUE(node) << line;
        const auto error = schema_->check(node->get());
        EXPECT_FALSE(error) << error->where << ": " << error->message << "\n" << line;
    }
    const Result<json::Schema> schema_ =
        json::Schema::compileText(json::embeddedSchema("ledger-line.schema.json"), "ledger-line.schema.json");
};

TEST_F(LedgerLines, AreWhatTheSchemaPromises) {
    ASSERT_TRUE(schema_);
    expectValid(trackLine(track(), {true, false}, {}));
    expectValid(skippedLine({5, 10, "No space left on device"}, {}));
    expectValid(endLine({OutcomeKind::DestinationFault, "a block was not delivered"}, {}));
    expectValid(meetingLine("RM_1", {7, {}}));
    for (const Event& event : events()) {
        ASSERT_TRUE(hasLine(event)) << event.index();
        expectValid(eventLine(event, {}).value());
    }
}

TEST_F(LedgerLines, ExistForNothingElse) {
    for (const Event& event :
         {Event(EosEvent{}), Event(MutedEvent{}), Event(RetryingEvent{id, 1, 503, 1, "busy"})}) {
        EXPECT_FALSE(hasLine(event)) << event.index();
        EXPECT_FALSE(eventLine(event, {})) << event.index();
    }
}

TEST_F(LedgerLines, TheAnswerOfTheAnalysisServiceStaysOut) {
    const auto line = eventLine(DeliveredEvent{id, 1, 200, 5, "{\"emotion\":\"joy\"}"}, {});
    EXPECT_EQ(line->find("joy"), std::string::npos) << *line;
}

} // namespace
