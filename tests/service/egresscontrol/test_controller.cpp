#include "service/egresscontrol/controller.hpp"

#include "service/logging/log.hpp"
#include "tests/support/fakelivekit.hpp"

#include <gtest/gtest.h>

#include <deque>

namespace lm::egresscontrol {
namespace {

using autoegress::Claim;
using autoegress::Core;
using livekit::Egress;
using livekit::EgressStatus;
using livekit::Failure;
using test::FakeLiveKit;
using webhook::Kind;

struct FakeClaims : Claims {
    void claim(const std::string& track, std::function<void(Claim)> then) override {
        asked.push_back({track, std::move(then)});
    }
    void end(const std::string& track, std::chrono::seconds after) override {
        ended.push_back(track + " " + std::to_string(after.count()));
    }
    void answer(Claim claim) {
        auto [track, then] = std::move(asked.front());
        asked.pop_front();
        then(claim);
    }
    std::deque<std::pair<std::string, std::function<void(Claim)>>> asked;
    std::vector<std::string> ended;
};

class ControllerTest : public ::testing::Test {
protected:
    ControllerTest() {
        logging::setSink([this](std::string_view line) { log_ += line; });
        make();
    }
    ~ControllerTest() override { logging::setSink({}); }

    void make(bool automatic = true) {
        Controller::Options options;
        options.automatic = automatic;
        options.url = {"wss://media", "0123456789abcdef0123456789abcdef"};
        options.api = &livekit_;
        options.claims = &claims_;
        options.random = [] { return 0.5; };
        options.now = [this] { return now_; };
        controller_ = std::make_unique<Controller>(std::move(options));
    }
    webhook::Event event(Kind kind) {
        webhook::Event event;
        event.kind = kind;
        event.room = livekit::Room{"RM_1", "daily"};
        event.participant.emplace();
        event.participant->sid = "PA_1";
        event.participant->identity = "ann";
        return event;
    }
    void publish(const std::string& sid = "TR_1", livekit::TrackKind kind = livekit::TrackKind::Audio) {
        auto told = event(Kind::TrackPublished);
        told.track.emplace();
        told.track->sid = sid;
        told.track->kind = kind;
        controller_->webhookEvent(told);
    }
    Egress egress(const std::string& id = "EG_1", const std::string& track = "TR_1") {
        Egress egress;
        egress.id = id;
        egress.kind = livekit::EgressKind::Track;
        egress.trackId = track;
        egress.websocketUrl = "wss://media/egress-audio?token=HIDDEN";
        egress.startedAtNs = 1;
        return egress;
    }
    void tell(const Egress& egress) {
        auto told = event(Kind::EgressEnded);
        told.egress = egress;
        controller_->webhookEvent(told);
    }
    /// Up to the point where LiveKit is asked to start.
    void begin() {
        publish();
        claims_.answer(Claim::Granted);
        FakeLiveKit::answer(livekit_.egresses, {std::vector<Egress>()});
    }
    Core::Phase phase(const std::string& track = "TR_1") { return controller_->core().find(track)->phase; }

    FakeLiveKit livekit_;
    FakeClaims claims_;
    autoegress::Time now_{std::chrono::hours(1)};
    std::string log_;
    std::unique_ptr<Controller> controller_;
};

TEST_F(ControllerTest, ClaimsLooksAndStarts) {
    publish();
    EXPECT_TRUE(livekit_.egresses.empty()) << "not before the claim";
    claims_.answer(Claim::Granted);
    EXPECT_EQ(livekit_.egresses.at(0).request.roomName, "daily");
    EXPECT_FALSE(livekit_.egresses.at(0).request.active) << "one that a person has stopped must be seen";
    FakeLiveKit::answer(livekit_.egresses, {std::vector<Egress>()});
    const auto& request = livekit_.tracks.at(0).request;
    EXPECT_EQ(request.roomName + request.trackId, "dailyTR_1");
    EXPECT_TRUE(request.websocketUrl.starts_with("wss://media/egress-audio?"));
    FakeLiveKit::answer(livekit_.tracks, {egress()});
    EXPECT_EQ(phase(), Core::Phase::Running);
    EXPECT_EQ(claims_.ended, std::vector<std::string>{"TR_1 5"});
    EXPECT_NE(log_.find("egressId=EG_1"), std::string::npos);
    EXPECT_EQ(log_.find("token"), std::string::npos) << log_;
}

TEST_F(ControllerTest, LeavesItToTheReplicaThatHasTheClaim) {
    publish();
    claims_.answer(Claim::Denied);
    EXPECT_TRUE(livekit_.egresses.empty());
    EXPECT_TRUE(claims_.ended.empty()) << "it is the other one's";
}

TEST_F(ControllerTest, TakesWhatRunsAlready) {
    publish();
    claims_.answer(Claim::Granted);
    FakeLiveKit::answer(livekit_.egresses, {std::vector{egress("EG_0")}});
    EXPECT_EQ(phase(), Core::Phase::Running);
    EXPECT_TRUE(livekit_.tracks.empty());
    EXPECT_EQ(claims_.ended, std::vector<std::string>{"TR_1 0"});
}

TEST_F(ControllerTest, StartsAgainWhenItsTimeHasComeAfterAFailure) {
    begin();
    FakeLiveKit::answer(livekit_.tracks, {Failure{Failure::Kind::Busy, "no response from servers"}});
    EXPECT_EQ(phase(), Core::Phase::Waiting);
    EXPECT_EQ(claims_.ended, std::vector<std::string>{"TR_1 0"});
    EXPECT_TRUE(claims_.asked.empty());
    now_ += std::chrono::seconds(2);
    while (claims_.asked.empty())
        g_main_context_iteration(nullptr, TRUE);
    EXPECT_EQ(claims_.asked.front().first, "TR_1");
}

TEST_F(ControllerTest, KeepsTheClaimWhileNobodyKnowsWhetherItStarted) {
    begin();
    FakeLiveKit::answer(livekit_.tracks, {Failure{Failure::Kind::Late, "no answer"}});
    EXPECT_TRUE(claims_.ended.empty());
}

TEST_F(ControllerTest, SaysWhyAnEgressFailedAlsoWhenLiveKitTellsLittle) {
    begin();
    FakeLiveKit::answer(livekit_.tracks, {egress()});
    Egress bare;
    bare.id = "EG_1";
    bare.status = EgressStatus::Failed;
    bare.error = "dial tcp 10.0.0.1:443: connect: connection refused";
    tell(bare);
    EXPECT_EQ(phase(), Core::Phase::Waiting);
    EXPECT_NE(controller_->core().find("TR_1")->reason.find("cannot reach EGRESS_PUBLIC_URL"),
              std::string::npos);
    EXPECT_NE(log_.find("cannot reach EGRESS_PUBLIC_URL"), std::string::npos);
}

TEST_F(ControllerTest, SaysWhyAnEgressFailedAlsoWhenItIsToldBeforeTheStartIsAnswered) {
    begin();
    Egress failed = egress();
    failed.status = EgressStatus::Failed;
    failed.error = "dial tcp 10.0.0.1:443: connect: connection refused";
    tell(failed);
    FakeLiveKit::answer(livekit_.tracks, {egress()});
    EXPECT_EQ(phase(), Core::Phase::Waiting);
    EXPECT_NE(log_.find("cannot reach EGRESS_PUBLIC_URL"), std::string::npos);
}

TEST_F(ControllerTest, KnowsNoTrackButAudioAndNoneWithoutItsRoom) {
    publish("TR_V", livekit::TrackKind::Video);
    auto roomless = event(Kind::TrackPublished);
    roomless.track.emplace();
    roomless.track->sid = "TR_2";
    roomless.room.reset();
    controller_->webhookEvent(roomless);
    EXPECT_TRUE(controller_->core().entries().empty());
}

TEST_F(ControllerTest, StopsAnEgressWhoseTrackWentWhileItStarted) {
    begin();
    auto left = event(Kind::ParticipantLeft);
    controller_->webhookEvent(left);
    FakeLiveKit::answer(livekit_.tracks, {egress()});
    EXPECT_EQ(livekit_.stops.at(0).request, "EG_1");
    FakeLiveKit::answer(livekit_.stops, {egress()});
    EXPECT_TRUE(controller_->core().entries().empty());
}

TEST_F(ControllerTest, TellsWhoWantsAnEgressWhenItRuns) {
    make(false);
    std::string told;
    const auto settled = [&](const Core::Entry* entry) { told = entry ? entry->egressId : "gone"; };
    EXPECT_EQ(controller_->want({"daily", "", "ann", "PA_1", "TR_1", false}, settled), Core::Wish::Accepted);
    claims_.answer(Claim::Granted);
    FakeLiveKit::answer(livekit_.egresses, {std::vector<Egress>()});
    EXPECT_EQ(told, "");
    FakeLiveKit::answer(livekit_.tracks, {egress()});
    EXPECT_EQ(told, "EG_1");
    EXPECT_EQ(controller_->want({"daily", "", "ann", "PA_1", "TR_1", false}, settled), Core::Wish::Running);
}

TEST_F(ControllerTest, TellsWhoWantsAnEgressThatItFailed) {
    make(false);
    std::string reason;
    controller_->want({"daily", "", "ann", "PA_1", "TR_1", false},
                      [&](const Core::Entry* entry) { reason = entry->reason; });
    claims_.answer(Claim::Granted);
    FakeLiveKit::answer(livekit_.egresses, {Failure{Failure::Kind::Refused, "the key is wrong"}});
    EXPECT_EQ(reason, "the key is wrong");
}

TEST_F(ControllerTest, DoesNotStartAgainWhatAPersonStopped) {
    begin();
    FakeLiveKit::answer(livekit_.tracks, {egress()});
    bool stopped = false;
    controller_->stop("EG_1", [&](std::optional<Failure> failure) { stopped = !failure; });
    FakeLiveKit::answer(livekit_.stops, {Failure{Failure::Kind::Precondition, "it has ended"}});
    EXPECT_TRUE(stopped);
    Egress over = egress();
    over.status = EgressStatus::Failed;
    tell(over);
    EXPECT_EQ(phase(), Core::Phase::Held);
}

TEST_F(ControllerTest, EndsEveryWaitAndItsClaimsAtShutdown) {
    std::string told = "nothing";
    make(false);
    controller_->want({"daily", "", "ann", "PA_1", "TR_1", false},
                      [&](const Core::Entry* entry) { told = entry ? "entry" : "gone"; });
    claims_.answer(Claim::Granted);
    controller_->shutDown();
    EXPECT_EQ(told, "gone");
    EXPECT_EQ(claims_.ended, std::vector<std::string>{"TR_1 0"});
    FakeLiveKit::answer(livekit_.egresses, {std::vector<Egress>()});
    EXPECT_TRUE(livekit_.tracks.empty());
    publish("TR_2");
    EXPECT_TRUE(claims_.asked.empty());
}

TEST_F(ControllerTest, KeepsTheClaimOfAStartThatIsUnderWayAtShutdown) {
    begin();
    controller_->shutDown();
    EXPECT_TRUE(claims_.ended.empty());
}

} // namespace
} // namespace lm::egresscontrol
