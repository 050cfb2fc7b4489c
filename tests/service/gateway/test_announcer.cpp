#include "service/gateway/announcer.hpp"

#include <gtest/gtest.h>

namespace lm::gateway {
namespace {

struct Kept : Publisher {
    bool idle() const override { return alone; }
    void publish(const std::string& room, const char* event, std::string json) override {
        told.push_back(room + ' ' + event + ' ' + json);
    }
    bool alone = false;
    std::vector<std::string> told;
};

class AnnouncerTest : public ::testing::Test {
protected:
    AnnouncerTest() {
        track_.id = "t";
        track_.request.room = "r";
        track_.request.participant = "ada";
        track_.request.trackId = "TR";
        track_.request.meetingId = "m";
    }
    static std::string told(const std::string& event, const std::string& state,
                            const std::string& rest = {}) {
        std::string whole = "r ";
        return whole.append(event).append(" ").append(of(state, rest));
    }
    static std::string of(const std::string& state, const std::string& rest = {}) {
        std::string value = R"({"state":")";
        value.append(state).append(R"(","time":"1970-01-01T00:00:01.000Z","meetingId":"m","room":"r",)");
        return value.append(R"("participant":"ada","trackId":"TR","track":"t")").append(rest).append("}");
    }
    static store::Session session(store::SessionStatus status = store::SessionStatus::Active) {
        store::Session session;
        session.meetingId = "RM_1";
        session.roomName = "r";
        session.status = status;
        return session;
    }
    std::string last() { return kept_.told.empty() ? "" : kept_.told.back(); }

    pipeline::TrackInfo track_;
    Kept kept_;
    Announcer announcer_{kept_, [] { return domain::utcFromNs(1'000'000'000); }};
};

TEST_F(AnnouncerTest, TellsTheRoomWhatBecomesOfATrack) {
    announcer_.trackStarted(track_);
    EXPECT_EQ(last(), told("track", "started"));
    announcer_.trackEvent(track_, pipeline::MutedEvent{true, 7});
    EXPECT_EQ(last(), told("track", "muted", ",\"sample\":7"));
    announcer_.trackEvent(track_, pipeline::MutedEvent{false, 8});
    EXPECT_EQ(last(), told("track", "unmuted", ",\"sample\":8"));
    pipeline::StallEvent stall;
    stall.sample = 9;
    stall.durationNs = 1'500'000'000;
    announcer_.trackEvent(track_, stall);
    EXPECT_EQ(last(), told("track", "stalled", ",\"sample\":9,\"duration\":1.5"));
    announcer_.trackEnded(track_, {pipeline::OutcomeKind::Cancelled, "x"});
    EXPECT_EQ(last(), told("track", "ended", R"(,"samples":0,"outcome":"cancelled")"));
}

TEST_F(AnnouncerTest, TellsWhatBecomesOfABlockAndWhatTheAnswerWas) {
    pipeline::DeliveredEvent delivered;
    delivered.block = {3, 100, 50, "key"};
    delivered.attempts = 2;
    delivered.response = R"({"joy": 0.5})";
    announcer_.trackEvent(track_, delivered);
    ASSERT_EQ(kept_.told.size(), 2U);
    EXPECT_EQ(kept_.told[0],
              told("block", "delivered", R"(,"sequence":3,"sample":100,"samples":50,"attempts":2)"));
    EXPECT_EQ(kept_.told[1], told("analysis", "answered",
                                  R"(,"sequence":3,"sample":100,"samples":50,"response":{"joy":0.5})"));
    pipeline::SpooledEvent spooled;
    spooled.block = {4, 150, 50, "key"};
    announcer_.trackEvent(track_, spooled);
    EXPECT_EQ(last(), told("block", "spooled", R"(,"sequence":4,"sample":150,"samples":50,"attempts":0)"));
}

TEST_F(AnnouncerTest, AnAnswerThatIsNoneIsNotTold) {
    std::string large(64 * 1024 + 1, ' ');
    large.front() = '[';
    large.back() = ']';
    for (const std::string& response : {std::string(), std::string("{"), large}) {
        kept_.told.clear();
        pipeline::DeliveredEvent delivered;
        delivered.response = response;
        announcer_.trackEvent(track_, delivered);
        EXPECT_EQ(kept_.told.size(), 1U);
    }
}

TEST_F(AnnouncerTest, TellsOfSessions) {
    announcer_.sessionChanged(session());
    EXPECT_EQ(
        last(),
        R"(r session {"state":"started","time":"1970-01-01T00:00:01.000Z","meetingId":"RM_1","room":"r"})");
    announcer_.sessionChanged(session(store::SessionStatus::Ended));
    EXPECT_EQ(
        last(),
        R"(r session {"state":"ended","time":"1970-01-01T00:00:01.000Z","meetingId":"RM_1","room":"r"})");
}

TEST_F(AnnouncerTest, AMeetingWithoutARoomsNameHasNobodyToTell) {
    auto nameless = session();
    nameless.roomName.clear();
    announcer_.sessionChanged(nameless);
    EXPECT_TRUE(kept_.told.empty());
}

TEST_F(AnnouncerTest, MakesNothingThatNobodyHears) {
    kept_.alone = true;
    announcer_.trackStarted(track_);
    announcer_.trackEvent(track_, pipeline::MutedEvent{true, 7});
    announcer_.sessionChanged(session());
    EXPECT_TRUE(kept_.told.empty());
}

} // namespace
} // namespace lm::gateway
