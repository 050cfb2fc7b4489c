#include "service/trackstate/recordjson.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace {

using namespace lm;
using namespace lm::pipeline;
using namespace lm::trackstate;

TrackInfo track(const std::string& id) {
    TrackInfo info;
    info.id = id;
    info.request.room = "room";
    info.request.trackId = "TR_" + id;
    info.request.channels = 2;
    info.recording = "/rec/\xFF.wav";
    return info;
}

struct BoardTest : testing::Test {
    Board board{2, [] { return domain::UtcTime(std::chrono::seconds(60)); }};
    void start(const std::string& id) { board.trackStarted(track(id)); }
    void say(const std::string& id, const Event& event) { board.trackEvent(track(id), event); }
    void end(const std::string& id, Outcome outcome = {}) { board.trackEnded(track(id), outcome); }
};

TEST_F(BoardTest, FollowsATrackFromStartToEnd) {
    start("a");
    EXPECT_EQ(board.find("a")->phase, Phase::Starting);
    board.update("a", State::Running, {});
    EXPECT_EQ(board.find("a")->phase, Phase::Waiting);
    say("a", StartedEvent{1'000'000'000});
    board.update("a", State::Running, {});
    EXPECT_EQ(board.find("a")->phase, Phase::Receiving);
    say("a", ClosedEvent{1000, true, "", 480, 960, 1, 5});
    EXPECT_EQ(board.find("a")->phase, Phase::Ending);
    end("a", {OutcomeKind::OurFault, "why"});
    EXPECT_EQ(board.find("a")->phase, Phase::Ended);
    EXPECT_EQ(board.find("a")->outcome->message, "why");
    EXPECT_TRUE(board.live().empty());
    EXPECT_FALSE(board.find("b"));
}

TEST_F(BoardTest, CountsWhatBecameOfBlocks) {
    start("a");
    for (int i = 0; i < 4; ++i)
        say("a", BlockEvent{});
    say("a", RetryingEvent{});
    say("a", DeliveredEvent{});
    say("a", FailedEvent{});
    say("a", DroppedEvent{});
    say("a", SkippedEvent{});
    say("a", GapEvent{0, 500});
    const auto& r = *board.find("a");
    EXPECT_EQ(r.blocks.cut, 4u);
    EXPECT_EQ(r.blocks.retried, 1u);
    EXPECT_EQ(r.blocks.delivered, 1u);
    EXPECT_EQ(r.blocks.failed, 1u);
    EXPECT_EQ(r.blocks.dropped, 1u);
    EXPECT_EQ(r.blocks.skipped, 1u);
    EXPECT_EQ(r.gapNs, 500u);
}

TEST_F(BoardTest, CountsASpooledBlockAndWhatBecameOfItIfItIsTheTracksOwn) {
    start("a");
    DeliveredFromSpoolEvent delivered;
    DeadLetterEvent dead;
    for (const bool own : {false, true}) {
        delivered.own = dead.own = own;
        say("a", SpooledEvent{});
        say("a", delivered);
        say("a", dead);
    }
    const std::string text = json::toText(toJson(*board.find("a")).get());
    EXPECT_NE(text.find(R"("spooled":2,"deliveredFromSpool":1,"deadLettered":1)"), std::string::npos) << text;
}

TEST_F(BoardTest, ShowsTheFormatThatArrives) {
    start("a");
    FormatAlarmEvent alarm;
    alarm.measuredChannels = 1;
    alarm.reason = "the rate is doubled";
    say("a", alarm);
    EXPECT_EQ(board.find("a")->channels, 2u);
    alarm.corrected = true;
    say("a", alarm);
    const std::string text = json::toText(toJson(*board.find("a")).get());
    EXPECT_NE(text.find(R"("channels":1,"alarm":"the rate is doubled")"), std::string::npos) << text;
}

TEST_F(BoardTest, KnowsHowATrackSounds) {
    start("a");
    EXPECT_NE(json::toText(toJson(*board.find("a")).get()).find(R"("sound":null,"clock":null)"),
              std::string::npos);
    BlockEvent block;
    block.samples = 500;
    block.channels = 2;
    block.peak = 0;
    block.clipped = 100;
    block.offset = 0.5;
    say("a", block);
    block = {};
    block.samples = 500;
    block.channels = 2;
    block.peak = -std::numeric_limits<double>::infinity();
    say("a", block);
    say("a", SoundEvent{"clipping", true, 0.1, 1, 0, ""});
    say("a", SoundEvent{"offset", true, 0.5, 1, 0, ""});
    say("a", SoundEvent{"clipping", false, 0, 1, 0, ""});
    const std::string text = json::toText(toJson(*board.find("a")).get());
    EXPECT_NE(text.find(R"("sound":{"clippedShare":0.05)"), std::string::npos) << text;
    EXPECT_NE(text.find(R"("silentShare":0.5,"offset":0.5,"alarms":["offset"]})"), std::string::npos) << text;
}

TEST_F(BoardTest, KeepsWhatTheClockSaidOfATrackThatHasEnded) {
    start("a");
    Readings readings;
    readings.byteRate = 192000;
    readings.rateRatio = 1;
    board.update("a", State::Running, readings);
    board.update("a", State::Ending, {});
    const std::string text = json::toText(toJson(*board.find("a")).get());
    EXPECT_NE(text.find(R"("clock":{"bytesPerSecond":192000.0,"rateRatio":1.0,"driftPpm":null})"),
              std::string::npos)
        << text;
}

TEST_F(BoardTest, KnowsWhetherTheRecordingIsWritten) {
    start("a");
    say("a", RecordingPausedEvent{480, "disk full", "x.wav"});
    EXPECT_TRUE(board.find("a")->recordingPaused);
    say("a", RecordingResumedEvent{960, 480});
    EXPECT_FALSE(board.find("a")->recordingPaused);
    EXPECT_EQ(board.find("a")->info.skipped, 480u);
    const std::string text = json::toText(toJson(*board.find("a")).get());
    EXPECT_NE(text.find(R"("paused":false,"skippedSamples":480})"), std::string::npos) << text;
}

TEST_F(BoardTest, WhatWasReceivedNeverGoesBack) {
    start("a");
    start("b");
    board.update("a", State::Running, {100, 10, 1});
    board.update("b", State::Running, {7, 1, 1});
    EXPECT_EQ(board.received().bytes, 107u);
    board.update("a", State::Ending, {}); // the element has stopped
    EXPECT_EQ(board.received().bytes, 107u);
    say("a", ClosedEvent{1000, true, "", 12, 120, 1, 0});
    end("a");
    EXPECT_EQ(board.received().bytes, 127u);
    EXPECT_EQ(board.received().samples, 13u);
}

TEST_F(BoardTest, RemembersABoundedNumberOfEndedTracksLatestFirst) {
    for (const char* id : {"a", "b", "c"}) {
        start(id);
        end(id);
    }
    ASSERT_EQ(board.ended().size(), 2u);
    EXPECT_EQ(board.ended().front().info.id, "c");
    EXPECT_FALSE(board.find("a"));
}

TEST_F(BoardTest, AnEventOfAnUnknownTrackIsLeftAlone) {
    say("a", BlockEvent{});
    end("a");
    board.update("a", State::Running, {});
    EXPECT_TRUE(board.live().empty());
    EXPECT_TRUE(board.ended().empty());
}

TEST_F(BoardTest, IsWrittenWithItsMembersInOneOrder) {
    start("a");
    BlockEvent block;
    block.peak = -3;
    block.rms = -std::numeric_limits<double>::infinity();
    say("a", block);
    const std::string text = json::toText(toJson(*board.find("a")).get());
    std::size_t at = 0;
    for (const char* name : {"id", "trackId", "room", "meetingId", "participant", "format", "state", "since",
                             "firstSampleAt", "muted", "level", "recording", "counters"}) {
        const std::size_t found = text.find('"' + std::string(name) + "\":");
        ASSERT_NE(found, std::string::npos) << name << text;
        EXPECT_GE(found, at) << name;
        at = found;
    }
    EXPECT_NE(text.find(R"("level":{"peakDbfs":-3.0,"rmsDbfs":null})"), std::string::npos) << text;
    EXPECT_TRUE(g_utf8_validate(text.c_str(), -1, nullptr));
    EXPECT_EQ(text.find("outcome"), std::string::npos);
}

TEST_F(BoardTest, ListsRunningTracksInTheOrderOfTheirStart) {
    for (const char* id : {"z", "a", "m"})
        start(id);
    end("a");
    const std::string text = json::toText(toJson(board).get());
    EXPECT_LT(text.find("TR_z"), text.find("TR_m"));
    EXPECT_LT(text.find("TR_m"), text.find("\"ended\":[{\"id\":\"a\""));
}

} // namespace
