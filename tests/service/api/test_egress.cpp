#include "service/api/egress.hpp"
#include "service/http/front.hpp"
#include "tests/service/http/rawclient.hpp"

#include <gtest/gtest.h>

namespace lm::api {
namespace {

using test::bodyOf;
using test::statusLine;
using test::upgradeRequest;

class FakeTracks : public TrackStarter {
public:
    State state(std::size_t admitted) const override {
        if (draining) return State::Draining;
        if (exhausted) return State::Exhausted;
        return started.size() + admitted < limit ? State::Open : State::Full;
    }
    Result<std::string> start(const domain::EgressRequest& request, Ref<GIOStream> connection) override {
        if (broken) return Error{"no space left on the disk"};
        started.push_back(request);
        connections.push_back(std::move(connection));
        return std::string("1");
    }

    bool draining = false, exhausted = false, broken = false;
    std::size_t limit = 100;
    std::vector<domain::EgressRequest> started;
    std::vector<Ref<GIOStream>> connections;
};

class EgressAudio : public ::testing::Test {
protected:
    void SetUp() override { open({}); }
    void open(EgressAccess access) {
        http::Router router;
        addEgress(router, tracks_, std::move(access), find_);
        config::HttpSettings settings;
        settings.port = 0;
        auto front = http::Front::open(settings, std::move(router));
        ASSERT_TRUE(front);
        front_ = std::move(*front);
    }
    std::string ask(const std::string& query) {
        test::RawClient client(front_->port());
        client.send(upgradeRequest("/egress-audio" + query));
        return client.answer();
    }

    FakeTracks tracks_;
    FindMeeting find_;
    std::unique_ptr<http::Front> front_;
};

TEST_F(EgressAudio, StartsATrackWithWhatTheQuerySays) {
    test::RawClient client(front_->port());
    client.send(
        upgradeRequest("/egress-audio?roomName=my%20room&participant=a%2Fb&trackId=TR_1&sampleRate=16000&"
                       "channels=2&meetingId=RM_1&groupSeconds=1.5",
                       "Content-Type: audio/x-raw\r\nUser-Agent: Go-http-client/1.1\r\n"));
    ASSERT_TRUE(client.receives("101 Switching Protocols"));
    ASSERT_TRUE(test::eventually([this] { return tracks_.started.size() == 1; }));
    const domain::EgressRequest& request = tracks_.started[0];
    EXPECT_EQ(request.room, "my room");
    EXPECT_EQ(request.participant, "a/b");
    EXPECT_EQ(request.trackId, "TR_1");
    EXPECT_EQ(request.sampleRate, 16000u);
    EXPECT_EQ(request.channels, 2u);
    EXPECT_EQ(request.meetingId, "RM_1");
    EXPECT_EQ(request.groupSeconds, 1.5);
    EXPECT_TRUE(tracks_.connections[0]);
}

TEST_F(EgressAudio, TakesIdentifiersOfFourKibibytes) {
    std::string longest;
    for (int i = 0; i < 4096; ++i)
        longest += "%0A";
    test::RawClient client(front_->port());
    client.send(upgradeRequest("/egress-audio?room=r&participant=" + longest));
    ASSERT_TRUE(test::eventually([this] { return tracks_.started.size() == 1; }));
    EXPECT_EQ(tracks_.started[0].participant, std::string(4096, '\n'));
}

TEST_F(EgressAudio, NamesABadParameterBeforeTheUpgrade) {
    const std::string answer = ask("?room=r&sampleRate=fast");
    EXPECT_EQ(statusLine(answer), "HTTP/1.1 400 Bad Request");
    EXPECT_EQ(bodyOf(answer), R"({"error":{"code":"invalid_parameter","parameter":"sampleRate",)"
                              R"("message":"sampleRate must be a whole number from 8000 to 192000"}})");
    EXPECT_NE(bodyOf(ask("")).find(R"("parameter":"roomName")"), std::string::npos);
    EXPECT_TRUE(tracks_.started.empty());
}

/// Of a service that knows which meeting is held in a room.
class EgressWithoutMeeting : public EgressAudio {
protected:
    void SetUp() override {
        find_ = [this](const std::string& room, std::function<void(std::string)> found) {
            asked_.push_back(room);
            answers_.push_back(std::move(found));
        };
        open({});
    }
    bool asked(std::size_t times) {
        return test::eventually([=, this] { return answers_.size() == times; });
    }
    bool started(std::size_t times) {
        return test::eventually([=, this] { return tracks_.started.size() == times; });
    }

    std::vector<std::string> asked_;
    std::vector<std::function<void(std::string)>> answers_;
};

TEST_F(EgressWithoutMeeting, BelongsToTheOneThatIsFound) {
    test::RawClient client(front_->port());
    client.send(upgradeRequest("/egress-audio?roomName=daily"));
    ASSERT_TRUE(asked(1));
    EXPECT_EQ(asked_[0], "daily");
    EXPECT_TRUE(tracks_.started.empty()) << "no 101 before that is known";
    answers_[0]("RM_1");
    ASSERT_TRUE(client.receives("101 Switching Protocols"));
    ASSERT_TRUE(started(1));
    EXPECT_EQ(tracks_.started[0].room, "daily");
    EXPECT_EQ(tracks_.started[0].meetingId, "RM_1");
}

TEST_F(EgressWithoutMeeting, IsTakenWhenNoneIsFound) {
    test::RawClient client(front_->port());
    client.send(upgradeRequest("/egress-audio?roomName=daily"));
    ASSERT_TRUE(asked(1));
    answers_[0]("");
    ASSERT_TRUE(started(1));
    EXPECT_EQ(tracks_.started[0].meetingId, "");
}

TEST_F(EgressWithoutMeeting, IsNotAskedForWhenOneIsGiven) {
    test::RawClient client(front_->port());
    client.send(upgradeRequest("/egress-audio?roomName=daily&meetingId=RM_2"));
    ASSERT_TRUE(started(1));
    EXPECT_TRUE(asked_.empty());
}

TEST_F(EgressWithoutMeeting, CountsAsATrackWhileItWaits) {
    tracks_.limit = 1;
    {
        test::RawClient client(front_->port());
        client.send(upgradeRequest("/egress-audio?roomName=daily"));
        ASSERT_TRUE(asked(1));
        EXPECT_EQ(statusLine(ask("?roomName=daily")), "HTTP/1.1 503 Service Unavailable");
    }
    answers_[0]("RM_1"); // to nobody: who asked has gone
    answers_.clear();
    ASSERT_TRUE(test::eventually([this] { return front_->connections() == 0; }));
    tracks_.started.clear();
    tracks_.connections.clear();
    test::RawClient next(front_->port());
    next.send(upgradeRequest("/egress-audio?roomName=daily"));
    EXPECT_TRUE(asked(1)) << "the place is free again";
}

TEST_F(EgressWithoutMeeting, IsTurnedAwayWhenTheShutdownHasBegun) {
    test::RawClient client(front_->port());
    client.send(upgradeRequest("/egress-audio?roomName=daily"));
    ASSERT_TRUE(asked(1));
    tracks_.draining = true;
    answers_[0]("RM_1");
    EXPECT_EQ(statusLine(client.answer()), "HTTP/1.1 503 Service Unavailable");
    EXPECT_TRUE(tracks_.started.empty());
}

constexpr char secret[] = "0123456789abcdef0123456789abcdef";
constexpr std::int64_t expires = 1'800'000'000;

class SignedEgress : public EgressAudio {
protected:
    void SetUp() override {
        open({security::MediaTokens({secret}), [this] { return now_; }});
    }
    static std::string tokenFor(const domain::EgressParameters& parameters) {
        return "&token=" + security::signMediaUrl(secret, "/egress-audio", parameters, expires);
    }
    void expectRefused(const std::string& query, const std::string& code) {
        const std::string answer = ask(query);
        EXPECT_EQ(statusLine(answer), "HTTP/1.1 401 Unauthorized") << query;
        EXPECT_NE(answer.find("WWW-Authenticate: "), std::string::npos);
        EXPECT_NE(bodyOf(answer).find("\"code\":\"" + code + "\",\"parameter\":\"token\""), std::string::npos)
            << bodyOf(answer);
        EXPECT_EQ(answer.find("v1.18"), std::string::npos) << "no token is repeated";
        EXPECT_TRUE(tracks_.started.empty());
    }
    domain::UtcTime now_ = domain::UtcTime(std::chrono::seconds(expires - 60));
};

TEST_F(SignedEgress, LetsInWhoHasATokenOfTheUrl) {
    // As a client may write the URL that was signed: short names, other escapes, parameters we do not know.
    test::RawClient client(front_->port());
    client.send(upgradeRequest("/egress-audio?room=my+room&track=TR%5F1&x=1" +
                               tokenFor({{"roomName", "my room"}, {"trackId", "TR_1"}})));
    ASSERT_TRUE(client.receives("101 Switching Protocols"));
    ASSERT_TRUE(test::eventually([this] { return tracks_.started.size() == 1; }));
    EXPECT_EQ(tracks_.started[0].room, "my room");
}

TEST_F(SignedEgress, SaysWhyATokenDoesNotAdmit) {
    const std::string token = tokenFor({{"roomName", "r"}, {"trackId", "TR_1"}});
    expectRefused("?roomName=r&trackId=TR_1", "token_missing");
    expectRefused("?roomName=r&trackId=TR_1&token=abc", "token_malformed");
    expectRefused("?roomName=other&trackId=TR_1" + token, "token_mismatch");
    expectRefused("?roomName=r&trackId=TR_2" + token, "token_mismatch");
    expectRefused("?roomName=r&trackId=TR_1&channels=1" + token, "token_mismatch");
    now_ += std::chrono::hours(1);
    expectRefused("?roomName=r&trackId=TR_1" + token, "token_expired");
}

TEST_F(SignedEgress, TellsStrangersNothingElse) {
    tracks_.draining = true;
    expectRefused("?sampleRate=wrong", "token_missing");
}

TEST_F(EgressAudio, RefusesWhenFull) {
    tracks_.limit = 0;
    const std::string answer = ask("?room=r");
    EXPECT_EQ(statusLine(answer), "HTTP/1.1 503 Service Unavailable");
    EXPECT_NE(answer.find("Retry-After: 5\r\n"), std::string::npos);
    EXPECT_NE(bodyOf(answer).find("too_many_tracks"), std::string::npos);
}

TEST_F(EgressAudio, RefusesBeforeTheUpgradeWhenThereIsNoDescriptorForATrack) {
    tracks_.exhausted = true;
    const std::string answer = ask("?room=r");
    EXPECT_EQ(statusLine(answer), "HTTP/1.1 503 Service Unavailable");
    EXPECT_NE(answer.find("Retry-After: 5\r\n"), std::string::npos);
    EXPECT_NE(bodyOf(answer).find("no_descriptors"), std::string::npos);
}

TEST_F(EgressAudio, RefusesWhileDraining) {
    tracks_.draining = true;
    const std::string answer = ask("?room=r");
    EXPECT_EQ(statusLine(answer), "HTTP/1.1 503 Service Unavailable");
    EXPECT_NE(bodyOf(answer).find("shutting_down"), std::string::npos);
}

TEST_F(EgressAudio, GivesBackThePlaceOfAPeerThatWentDuringItsUpgrade) {
    tracks_.limit = 1;
    for (int i = 0; i < 5; ++i) {
        test::RawClient client(front_->port());
        client.send(upgradeRequest("/egress-audio?room=gone").substr(0, 60));
    }
    test::RawClient client(front_->port());
    client.send(upgradeRequest("/egress-audio?room=r"));
    EXPECT_TRUE(client.receives("101"));
}

TEST_F(EgressAudio, EndsTheConnectionOfATrackThatCannotStart) {
    tracks_.broken = true;
    test::RawClient client(front_->port());
    client.send(upgradeRequest("/egress-audio?room=r"));
    client.answer();
    EXPECT_TRUE(client.ended());
}

} // namespace
} // namespace lm::api
