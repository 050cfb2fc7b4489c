#include "service/egresscontrol/mediaurl.hpp"

#include "service/security/mediatoken.hpp"

#include <gtest/gtest.h>

namespace lm::egresscontrol {
namespace {

constexpr char secret[] = "0123456789abcdef0123456789abcdef";
constexpr std::int64_t now = 1'767'225'600;
const autoegress::Publication track{"my room&x=1", "RM_1", "J\xc3\xbcrgen?#", "PA_1", "TR_1", false};

TEST(MediaUrl, SaysWhatTheTrackIsInTwoChannels) {
    const MediaUrl url("wss://media.example.org/in", "");
    EXPECT_EQ(
        url.of(track, now),
        "wss://media.example.org/in/egress-audio?channels=2&meetingId=RM_1&participant=J%C3%BCrgen%3F%23"
        "&roomName=my%20room%26x%3D1&sampleRate=48000&trackId=TR_1");
}

TEST(MediaUrl, LeavesOutWhatIsNotKnown) {
    const MediaUrl url("ws://h", "");
    EXPECT_EQ(url.of({"r", "", "", "", "TR_1", false}, now),
              "ws://h/egress-audio?channels=2&roomName=r&sampleRate=48000&trackId=TR_1");
}

TEST(MediaUrl, IsLetInByTheServiceAndForThisTrackAlone) {
    const MediaUrl url("ws://h/behind/a/proxy", secret);
    const std::string text = url.of(track, now);
    auto parameters = domain::readEgressParameters(text.substr(text.find('?') + 1));
    ASSERT_TRUE(parameters);
    using Verdict = security::MediaTokens::Verdict;
    const security::MediaTokens tokens({secret});
    EXPECT_EQ(tokens.check("/egress-audio", *parameters, std::chrono::seconds(now)), Verdict::Valid);
    const auto later = std::chrono::seconds(now) + MediaUrl::life + std::chrono::minutes(1);
    EXPECT_EQ(tokens.check("/egress-audio", *parameters, later), Verdict::Expired);
    (*parameters)["trackId"] = "TR_2";
    EXPECT_EQ(tokens.check("/egress-audio", *parameters, std::chrono::seconds(now)), Verdict::Mismatch);
}

TEST(MediaUrl, KnowsOursWhateverItsQueryHides) {
    const MediaUrl url("wss://media.example.org", secret);
    EXPECT_TRUE(url.isOurs(url.of(track, now)));
    EXPECT_TRUE(url.isOurs("wss://media.example.org/egress-audio?token=%7B...%7D"));
    for (const char* other :
         {"", "wss://media.example.org/egress-audio2?x", "wss://media.example.org.evil/egress-audio",
          "ws://media.example.org/egress-audio", "wss://media.example.org/egress-video?x"})
        EXPECT_FALSE(url.isOurs(other)) << other;
}

} // namespace
} // namespace lm::egresscontrol
