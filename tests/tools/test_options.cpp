#include "tools/common/commandline.hpp"
#include "tools/common/query.hpp"
#include "tools/egresssim/options.hpp"

#include <gtest/gtest.h>

using namespace lm::egresssim;
using namespace std::chrono_literals;

namespace {

Options parsed(std::vector<std::string> args) {
    args.insert(args.begin(), {"--url", "ws://localhost:3001/egress-audio"});
    auto options = parseOptions(args);
    EXPECT_TRUE(options) << options.error().message;
    return options ? *options : Options{};
}

std::string errorOf(const std::vector<std::string>& args) {
    auto options = parseOptions(args);
    return options ? std::string() : options.error().message;
}

TEST(Address, SplitsAUrl) {
    const auto address = parseAddress("ws://media.example:3001/egress-audio?token=a%2Fb");
    ASSERT_TRUE(address) << address.error().message;
    EXPECT_EQ(address->host, "media.example");
    EXPECT_EQ(address->port, 3001);
    EXPECT_EQ(address->authority, "media.example:3001");
    EXPECT_EQ(address->target, "/egress-audio?token=a%2Fb");
}

TEST(Address, KnowsTheDefaultPortAndIPv6) {
    const auto address = parseAddress("ws://[::1]");
    ASSERT_TRUE(address) << address.error().message;
    EXPECT_EQ(address->port, 80);
    EXPECT_EQ(address->authority, "[::1]");
    EXPECT_EQ(address->host, "::1");
    EXPECT_EQ(address->target, "/");
}

TEST(Address, RefusesWssWithTheReason) {
    const auto address = parseAddress("wss://h/p");
    ASSERT_FALSE(address);
    EXPECT_NE(address.error().message.find("wss:// is not supported"), std::string::npos);
}

TEST(Address, RefusesOtherSchemesAndUserInfoAndNonsense) {
    for (const auto* url : {"http://h/", "ws://user:pass@h/", "media:3001", "", "ws://"}) {
        EXPECT_FALSE(parseAddress(url)) << url;
    }
}

TEST(Parameters, AreAddedUnlessGiven) {
    EXPECT_EQ(lm::tools::withParameters("/a?roomName=x", {{"roomName", "y"}, {"channels", "2"}}),
              "/a?roomName=x&channels=2");
    EXPECT_EQ(lm::tools::withParameters("/a", {{"participant", "Zoë/1"}}), "/a?participant=Zo%C3%AB%2F1");
    EXPECT_EQ(lm::tools::withParameters("/a?room=x&track=t", {{"roomName", "y"}, {"trackId", "u"}}),
              "/a?room=x&track=t");
    EXPECT_EQ(lm::tools::withParameters("/a?", {{"channels", "2"}}), "/a?channels=2");
}

TEST(Parameters, DifferFromTrackToTrack) {
    const auto options = parsed({"--tracks", "3", "--meeting", "m1", "--declare-channels=1"});
    EXPECT_EQ(lm::tools::withParameters("/", parametersOf(options, 2, 48000, 2)),
              "/?roomName=sim-room&participant=speaker2&trackId=TR_AMsim2&sampleRate=48000&channels=1&"
              "meetingId=m1");
}

TEST(SimOptions, UnderstandsTimesAndSpans) {
    const auto options =
        parsed({"--duration", "1.5", "--stall", "2:3", "--mute", "1:4", "--text", "0.5:a:b"});
    EXPECT_EQ(options.duration, 1500ms);
    EXPECT_EQ(options.faults.stall->to, 5s);
    EXPECT_EQ(options.faults.mute->to, 4s);
    EXPECT_EQ(options.faults.texts.at(0), (std::pair<Time, std::string>(500ms, "a:b")));
}

TEST(SimOptions, NamesTheOptionThatIsWrong) {
    EXPECT_EQ(errorOf({}), "--url is missing");
    EXPECT_EQ(errorOf({"--nonsense"}), "unknown option --nonsense");
    EXPECT_EQ(errorOf({"--url"}), "--url needs a value: ws://HOST:PORT/PATH");
    EXPECT_EQ(errorOf({"--url", "ws://h/", "--tracks", "2x"}),
              "--tracks: 2x is not a number from 1 to 20000");
    EXPECT_EQ(errorOf({"--url", "ws://h/", "--mute", "4:1"}), "--mute: 4:1 ends before it begins");
    EXPECT_EQ(errorOf({"--url", "ws://h/", "--fast=yes"}), "--fast takes no value");
    EXPECT_EQ(errorOf({"--url", "ws://h/", "--noise", "--tone", "5"}),
              "--audio, --tone, --noise and --silence exclude each other");
    EXPECT_EQ(errorOf({"--url", "ws://h/", "--fast", "--stall", "1:1"}),
              "--stall needs real time, so not --fast");
}

TEST(SimOptions, HelpMentionsEveryOption) {
    for (const auto* name : {"--url", "--vanish", "--odd-sizes", "--json", "--seed"}) {
        EXPECT_NE(helpText().find(name), std::string::npos) << name;
    }
}

TEST(Options, VideoIsOneTrackWithoutFaults) {
    EXPECT_EQ(parsed({"--video", "a.mp4"}).codec, "vp8");
    EXPECT_EQ(parsed({"--video", "a.mp4", "--codec", "h264", "--fast"}).codec, "h264");
    const std::vector<std::string> video{"--url", "ws://h/egress-video", "--video", "a.mp4"};
    const std::vector<std::pair<std::vector<std::string>, std::string>> wrong{
        {{"--codec", "av1"}, "av1 is not h264, vp8 or vp9"},
        {{"--tone", "440"}, "--video excludes"},
        {{"--tracks", "2"}, "one track"},
        {{"--cut", "1"}, "faults are for audio"},
        {{"--declare-rate", "8000"}, "are for audio"}};
    for (const auto& [more, error] : wrong) {
        auto args = video;
        args.insert(args.end(), more.begin(), more.end());
        EXPECT_NE(errorOf(args).find(error), std::string::npos) << errorOf(args);
    }
}

} // namespace
