#include "service/pipelinelog/pipelinelog.hpp"
#include "tests/support/temporarydirectory.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

using namespace lm;
using namespace lm::pipeline;
using pipelinelog::PipelineLog;
using std::chrono::milliseconds;
namespace fs = std::filesystem;

class LogTest : public testing::Test {
protected:
    void SetUp() override {
        track_.id = "id";
        track_.request.room = "room";
        track_.request.meetingId = "RM_1";
    }
    std::vector<std::string> lines(const std::string& name) {
        std::vector<std::string> result;
        std::ifstream in(root_ / name);
        for (std::string line; std::getline(in, line);)
            result.push_back(line);
        return result;
    }
    const lm::test::TemporaryDirectory directory_;
    const fs::path root_ = directory_.path();
    TrackInfo track_;
};

TEST_F(LogTest, WritesATracksLifeInOrderIntoTheMeetingsFile) {
    PipelineLog log(root_);
    log.trackStarted(track_);
    log.trackEvent(track_, BlockEvent{});
    log.trackEvent(track_, EosEvent{});
    log.trackEnded(track_, {});
    ASSERT_TRUE(log.flush(milliseconds(20000)));
    const auto written = lines("RM_1.log");
    ASSERT_EQ(written.size(), 3U);
    EXPECT_NE(written[0].find(R"("event":"started")"), std::string::npos);
    EXPECT_NE(written[1].find(R"("event":"block")"), std::string::npos);
    EXPECT_NE(written[2].find(R"("event":"ended")"), std::string::npos);
}

TEST_F(LogTest, TellsInBothLogsThatATrackGotItsMeeting) {
    PipelineLog log(root_);
    log.associated(track_);
    ASSERT_TRUE(log.flush(milliseconds(20000)));
    for (const char* name : {"room.log", "RM_1.log"}) {
        const auto written = lines(name);
        ASSERT_EQ(written.size(), 1U) << name;
        EXPECT_NE(written[0].find(R"("event":"associated","meetingId":"RM_1","room":"room")"),
                  std::string::npos)
            << written[0];
    }
}

TEST_F(LogTest, DestructionWritesWhatIsQueued) {
    {
        PipelineLog log(root_);
        log.patience = milliseconds(20000);
        for (int i = 0; i < 100; ++i)
            log.trackEvent(track_, BlockEvent{});
    }
    EXPECT_EQ(lines("RM_1.log").size(), 100U);
}

TEST_F(LogTest, WithoutAMeetingTheRoomNamesTheFileAndStaysInside) {
    track_.request.meetingId = "";
    track_.request.room = "../../evil";
    PipelineLog log(root_ / "logs");
    log.trackStarted(track_);
    ASSERT_TRUE(log.flush(milliseconds(20000)));
    EXPECT_EQ(std::distance(fs::directory_iterator(root_ / "logs"), {}), 1);
    EXPECT_EQ(std::distance(fs::directory_iterator(root_), {}), 1);
}

TEST_F(LogTest, LinesThatCannotBeWrittenAreCounted) {
    std::ofstream(root_ / "logs") << "a file where the directory should be";
    PipelineLog log(root_ / "logs");
    log.trackStarted(track_);
    log.trackStarted(track_);
    ASSERT_TRUE(log.flush(milliseconds(20000)));
    EXPECT_EQ(log.lost(), 2U);
}

TEST_F(LogTest, AQueueFullOfBytesLosesLinesAndCountsThem) {
    PipelineLog log(root_, 1 << 14, 1 << 20);
    DeliveredEvent large;
    large.response = std::string(2 << 20, 'x');
    log.trackEvent(track_, large);
    EXPECT_EQ(log.lost(), 1U);
    log.trackStarted(track_);
    ASSERT_TRUE(log.flush(milliseconds(20000)));
    EXPECT_EQ(log.lost(), 1U);
    EXPECT_EQ(lines("RM_1.log").size(), 1U);
}

TEST_F(LogTest, AFullQueueLosesLinesAndCountsThem) {
    PipelineLog log(root_, 0);
    log.trackStarted(track_);
    log.trackEnded(track_, {});
    EXPECT_EQ(log.lost(), 2U);
    EXPECT_TRUE(log.flush(milliseconds(20000)));
}

} // namespace
