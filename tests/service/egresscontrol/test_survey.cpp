#include "service/egresscontrol/survey.hpp"

#include "tests/support/eventually.hpp"
#include "tests/support/fakelivekit.hpp"

#include <gtest/gtest.h>

namespace lm::egresscontrol {
namespace {

using livekit::Failure;
using test::FakeLiveKit;

class SurveyorTest : public ::testing::Test {
protected:
    Surveyor& surveyor(bool deep = true) {
        Surveyor::Options options;
        options.api = &livekit_;
        options.interval = std::chrono::milliseconds(1);
        options.deep = deep;
        options.atOnce = 2;
        options.done = [this](const Survey& survey) { surveys_.push_back(survey); };
        surveyor_ = std::make_unique<Surveyor>(std::move(options));
        surveyor_->start();
        return *surveyor_;
    }
    /// Lets timers of the default context run until LiveKit is asked for its rooms.
    void asked() {
        while (livekit_.rooms.empty())
            g_main_context_iteration(nullptr, TRUE);
    }
    void tellRooms(int count) {
        asked();
        std::vector<livekit::Room> rooms;
        for (int i = 1; i <= count; ++i)
            rooms.push_back({"RM_" + std::to_string(i), std::to_string(i)});
        FakeLiveKit::answer(livekit_.rooms, {rooms});
    }
    static livekit::Participant participant(const std::string& identity) {
        livekit::Participant made;
        made.identity = identity;
        return made;
    }

    FakeLiveKit livekit_;
    std::vector<Survey> surveys_;
    std::unique_ptr<Surveyor> surveyor_;
};

TEST_F(SurveyorTest, TellsRoomsParticipantsAndEgresses) {
    surveyor();
    tellRooms(3);
    EXPECT_EQ(livekit_.participants.size(), 2U) << "not all rooms at once";
    for (const char* identity : {"ann", "bob", "cid"})
        FakeLiveKit::answer(livekit_.participants, {std::vector{participant(identity)}});
    EXPECT_TRUE(surveys_.empty());
    EXPECT_TRUE(livekit_.egresses.at(0).request.active);
    FakeLiveKit::answer(livekit_.egresses, {std::vector<livekit::Egress>(2)});
    ASSERT_EQ(surveys_.size(), 1U);
    const auto& snapshot = surveys_[0].snapshot;
    EXPECT_EQ(snapshot.rooms.at(2).sid, "RM_3");
    EXPECT_EQ(snapshot.rooms.at(2).participants->at(0).identity, "cid");
    EXPECT_EQ(snapshot.egresses->size(), 2U);
    EXPECT_EQ(surveyor_->stats().surveys, 1U);
}

TEST_F(SurveyorTest, LeavesOutWhatCouldNotBeAskedFor) {
    surveyor();
    tellRooms(2);
    FakeLiveKit::answer(livekit_.participants, {Failure{Failure::Kind::NotFound, "ended"}});
    FakeLiveKit::answer(livekit_.participants, {Failure{Failure::Kind::Broken, "no"}});
    FakeLiveKit::answer(livekit_.egresses, {Failure{Failure::Kind::Broken, "redis required"}});
    ASSERT_EQ(surveys_.size(), 1U);
    for (const auto& room : surveys_[0].snapshot.rooms)
        EXPECT_FALSE(room.participants);
    EXPECT_FALSE(surveys_[0].snapshot.egresses);
    EXPECT_EQ(surveyor_->stats().failures, 1U);
}

TEST_F(SurveyorTest, TellsNothingWithoutRoomsAndAsksAgain) {
    surveyor();
    asked();
    FakeLiveKit::answer(livekit_.rooms, {Failure{Failure::Kind::Unreachable, "away"}});
    EXPECT_TRUE(surveys_.empty());
    tellRooms(0);
    FakeLiveKit::answer(livekit_.egresses, {std::vector<livekit::Egress>()});
    EXPECT_EQ(surveys_.size(), 1U);
}

TEST_F(SurveyorTest, AsksForRoomsAloneWhenThatIsAllThatIsWanted) {
    surveyor(false);
    tellRooms(2);
    ASSERT_EQ(surveys_.size(), 1U);
    EXPECT_EQ(surveys_[0].rooms.size(), 2U);
    EXPECT_TRUE(livekit_.participants.empty());
}

TEST_F(SurveyorTest, EndsInTheMiddle) {
    surveyor();
    tellRooms(2);
    surveyor_->stop();
    FakeLiveKit::answer(livekit_.participants, {std::vector{participant("ann")}});
    FakeLiveKit::answer(livekit_.participants, {std::vector{participant("bob")}});
    EXPECT_TRUE(livekit_.egresses.empty());
    EXPECT_TRUE(surveys_.empty());
}

} // namespace
} // namespace lm::egresscontrol
