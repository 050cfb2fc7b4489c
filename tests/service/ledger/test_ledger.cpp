#include "service/ledger/ledger.hpp"
#include "tests/support/temporarydirectory.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <vector>

namespace {

using namespace lm;
using namespace lm::pipeline;
using ledger::Ledger;
using std::chrono::milliseconds;
namespace fs = std::filesystem;

class LedgerTest : public testing::Test {
protected:
    void SetUp() override {
        track_.id = "id";
        track_.request.room = "room";
        track_.request.meetingId = "RM_1";
        track_.recording = "/recordings/RM_1/stem.wav";
    }
    static std::vector<std::string> lines(const fs::path& file) {
        std::vector<std::string> result;
        std::ifstream in(file);
        for (std::string line; std::getline(in, line);)
            result.push_back(line);
        return result;
    }
    /// What a track leaves in its file.
    std::vector<std::string> after(const std::vector<Event>& events) {
        Ledger ledger(root_, {});
        ledger.trackStarted(track_);
        for (const Event& event : events)
            ledger.trackEvent(track_, event);
        ledger.trackEnded(track_, {});
        EXPECT_TRUE(ledger.flush(milliseconds(20000)));
        return lines(root_ / "RM_1" / "stem.jsonl");
    }
    const lm::test::TemporaryDirectory directory_;
    const fs::path root_ = directory_.path();
    TrackInfo track_;
};

bool is(const std::string& line, const std::string& kind) {
    return line.find("\"line\":\"" + kind + "\"") != std::string::npos;
}
bool has(const std::string& line, const std::string& text) {
    return line.find(text) != std::string::npos;
}

TEST_F(LedgerTest, IsAFilePerTrackNamedLikeTheRecording) {
    const auto written = after({BlockEvent{}, EosEvent{}, ClosedEvent{}});
    ASSERT_EQ(written.size(), 4U);
    EXPECT_TRUE(is(written[0], "track"));
    EXPECT_TRUE(is(written[1], "block"));
    EXPECT_TRUE(is(written[2], "received"));
    EXPECT_TRUE(is(written[3], "end"));
}

TEST_F(LedgerTest, KeepsItsNameWhenTheRecordingGetsAnother) {
    Ledger ledger(root_, {});
    ledger.trackStarted(track_);
    track_.recording = "/recordings/RM_1/stem-2.wav";
    ledger.trackEvent(track_, BlockEvent{});
    ledger.trackEnded(track_, {});
    ASSERT_TRUE(ledger.flush(milliseconds(20000)));
    EXPECT_EQ(lines(root_ / "RM_1" / "stem.jsonl").size(), 3U);
    EXPECT_EQ(std::distance(fs::directory_iterator(root_ / "RM_1"), {}), 1);
}

TEST_F(LedgerTest, APauseIsASkippedRangeOnceItIsOver) {
    const auto written =
        after({RecordingPausedEvent{100, "No space left on device", "f"}, RecordingResumedEvent{150, 50}});
    ASSERT_EQ(written.size(), 4U);
    EXPECT_TRUE(is(written[1], "paused"));
    EXPECT_TRUE(is(written[2], "skipped"));
    EXPECT_TRUE(has(written[2], R"("sample":100,"samples":50)")) << written[2];
    EXPECT_TRUE(has(written[2], "No space left on device")) << written[2];
}

TEST_F(LedgerTest, APauseThatLastsToTheEndIsASkippedRangeToo) {
    const auto written = after({RecordingPausedEvent{100, "full", "f"}, RecordedEvent{100, 70, 1}});
    ASSERT_EQ(written.size(), 5U);
    EXPECT_TRUE(has(written[2], R"("sample":100,"samples":70)")) << written[2];
    EXPECT_TRUE(is(written[3], "recorded"));
}

TEST_F(LedgerTest, NamesFromOutsideStayInside) {
    track_.request.meetingId = "../../evil";
    Ledger ledger(root_ / "ledger", {});
    ledger.trackStarted(track_);
    ASSERT_TRUE(ledger.flush(milliseconds(20000)));
    EXPECT_EQ(std::distance(fs::directory_iterator(root_ / "ledger"), {}), 1);
    EXPECT_EQ(std::distance(fs::directory_iterator(root_), {}), 1);
}

TEST_F(LedgerTest, WhatBecameOfABlockAfterItsTrackIsToldBesideTheTracks) {
    Ledger ledger(root_, {});
    DeliveredFromSpoolEvent delivered;
    delivered.block = {3, 300, 100, "session-3"};
    delivered.meeting = "RM_1";
    delivered.track = "TR_1";
    ledger.spoolEvent(delivered);
    DeadLetterEvent dead;
    dead.block = {4, 400, 100, "session-4"};
    dead.meeting = "RM_1";
    dead.reason = "too old";
    ledger.spoolEvent(dead);
    ledger.spoolEvent(SpoolNoticeEvent{"half-written"});
    ASSERT_TRUE(ledger.flush(milliseconds(20000)));
    const auto written = lines(root_ / "RM_1" / "late" / "states.jsonl");
    ASSERT_EQ(written.size(), 2U);
    EXPECT_TRUE(is(written[0], "late-state"));
    EXPECT_TRUE(has(written[0], R"("trackId":"TR_1","state":"delivered-from-spool")")) << written[0];
    EXPECT_TRUE(has(written[0], R"("key":"session-3")")) << written[0];
    EXPECT_TRUE(has(written[1], R"("state":"dead-lettered")")) << written[1];
    EXPECT_TRUE(has(written[1], "too old")) << written[1];
}

TEST_F(LedgerTest, ATrackThatTellsOfAnothersBlockTellsItBesideTheTracks) {
    DeliveredFromSpoolEvent delivered;
    delivered.meeting = "RM_0";
    delivered.block.key = "session-7";
    EXPECT_EQ(after({delivered}).size(), 2U);
    const auto written = lines(root_ / "RM_0" / "late" / "states.jsonl");
    ASSERT_EQ(written.size(), 1U);
    EXPECT_TRUE(has(written[0], "session-7")) << written[0];
}

TEST_F(LedgerTest, APauseInTheWrongFormatIsSkippedInTheRightOne) {
    FormatAlarmEvent alarm{48000, 1, 48000, 2, 192000, 2, "twice the bytes", true, 500};
    const auto written =
        after({RecordingPausedEvent{800, "disk full", "x.wav"}, alarm, RecordingResumedEvent{600, 200}});
    ASSERT_EQ(written.size(), 5U);
    EXPECT_TRUE(is(written[3], "skipped") && has(written[3], R"("sample":400,"samples":200)")) << written[3];
}

TEST_F(LedgerTest, LinesThatDoNotFitAreCounted) {
    Ledger ledger(root_, {}, 0);
    ledger.trackStarted(track_);
    ledger.trackEnded(track_, {});
    EXPECT_EQ(ledger.lost(), 2U);
}

} // namespace
