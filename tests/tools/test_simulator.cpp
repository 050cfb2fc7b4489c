#include "tests/support/rawpeer.hpp"
#include "tests/support/temporarydirectory.hpp"
#include "tests/support/wsserver.hpp"
#include "tools/egresssim/report.hpp"
#include "tools/egresssim/simulator.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

using namespace lm;
using namespace lm::egresssim;
using lm::test::RawPeer;
using lm::test::WsServer;

namespace {

Simulator simulate(const std::string& url, std::vector<std::string> args) {
    args.insert(args.begin(), {"--url", url});
    auto options = parseOptions(args);
    EXPECT_TRUE(options) << options.error().message;
    auto simulator = Simulator::make(*options);
    EXPECT_TRUE(simulator) << simulator.error().message;
    simulator->run(-1, {});
    return std::move(*simulator);
}

/// The samples that `Messages` cuts, from the same options.
Bytes noise(std::uint64_t seed, std::uint32_t track, double seconds) {
    auto audio = std::make_shared<const Audio>(makeNoise(seed));
    const Messages messages(
        audio, {.totalFrames = static_cast<std::uint64_t>(seconds * 48000), .offsetFrames = track * 1777ull});
    Bytes all;
    Bytes one;
    for (std::uint64_t i = 0; i < messages.count(); ++i) {
        messages.copy(i, false, one);
        all.insert(all.end(), one.begin(), one.end());
    }
    return all;
}

void expectCloseWithoutCode(const test::Received& received) {
    EXPECT_EQ(received.closeCode, SOUP_WEBSOCKET_CLOSE_NO_STATUS);
    EXPECT_TRUE(received.errors.empty());
}

TEST(Simulator, PutsEverySampleOnTheWire) {
    WsServer server;
    const auto sim = simulate(server.url(), {"--noise", "--seed", "9", "--duration", "3", "--fast"});
    EXPECT_EQ(sim.tracks()[0].outcome(), Outcome::Complete);
    const auto received = server.waitForClosed(1);
    ASSERT_EQ(received.size(), 1u);
    EXPECT_EQ(received[0].messages, 300u);
    EXPECT_EQ(received[0].audio, noise(9, 0, 3));
    expectCloseWithoutCode(received[0]);
}

TEST(Simulator, UpgradesAsAnEgressDoes) {
    WsServer server;
    simulate(server.url("/egress-audio?token=abc"), {"--duration", "0.01", "--room", "daily", "--fast"});
    const auto received = server.waitForClosed(1);
    ASSERT_EQ(received.size(), 1u);
    const auto& headers = received[0].headers;
    EXPECT_EQ(headers.at("User-Agent"), "Go-http-client/1.1");
    EXPECT_EQ(headers.at("Content-Type"), "audio/x-raw");
    for (const auto* absent : {"Origin", "Sec-WebSocket-Extensions", "Sec-WebSocket-Protocol"}) {
        EXPECT_FALSE(headers.contains(absent)) << absent;
    }
    EXPECT_EQ(received[0].query,
              "token=abc&roomName=daily&participant=speaker&trackId=TR_AMsim&sampleRate=48000"
              "&channels=2");
}

TEST(Simulator, GivesEveryTrackItsOwnAudio) {
    WsServer server;
    const auto sim = simulate(server.url(), {"--tracks", "5", "--noise", "--duration", "1", "--fast"});
    EXPECT_EQ(totalsOf(sim.tracks()).succeeded, 5u);
    const auto received = server.waitForClosed(5);
    ASSERT_EQ(received.size(), 5u);
    for (const auto& one : received) {
        const auto at = one.query.find("trackId=TR_AMsim") + 16;
        const auto track = static_cast<std::uint32_t>(std::strtoul(one.query.c_str() + at, nullptr, 10));
        EXPECT_EQ(one.audio, noise(1, track, 1)) << track;
    }
}

TEST(Simulator, KeepsToRealTimeAndLosesNothing) {
    WsServer server;
    const auto sim =
        simulate(server.url(), {"--noise", "--duration", "0.3", "--ramp", "50", "--tracks", "3"});
    EXPECT_EQ(totalsOf(sim.tracks()).succeeded, 3u);
    EXPECT_EQ(totalsOf(sim.tracks()).counters.messages, 90u);
    const auto received = server.waitForClosed(3);
    ASSERT_EQ(received.size(), 3u);
    for (const auto& one : received)
        EXPECT_EQ(one.audio.size(), 30u * 1920);
}

TEST(Simulator, SplitsSamplesWithoutLoss) {
    WsServer server;
    simulate(server.url(), {"--noise", "--duration", "1", "--fast", "--odd-sizes"});
    const auto received = server.waitForClosed(1);
    ASSERT_EQ(received.size(), 1u);
    EXPECT_EQ(received[0].audio, noise(1, 0, 1));
    expectCloseWithoutCode(received[0]);
}

TEST(Simulator, FragmentsMessagesAroundPings) {
    RawPeer peer([](RawPeer::Socket& s) {
        s.upgrade();
        s.readToEnd();
    });
    simulate(peer.url(), {"--noise", "--duration", "1", "--fast", "--fragment"});
    std::vector<int> opcodes;
    Bytes audio;
    for (const auto& frame : peer.frames()) {
        opcodes.push_back(frame.opcode);
        if (frame.opcode <= 2) audio.insert(audio.end(), frame.payload.begin(), frame.payload.end());
    }
    EXPECT_EQ(audio, noise(1, 0, 1));
    ASSERT_EQ(opcodes.size(), 401u);
    EXPECT_EQ(std::vector<int>(opcodes.begin(), opcodes.begin() + 4), (std::vector<int>{2, 0, 9, 0}));
}

TEST(Simulator, AnnouncesMutesAndGoesSilentLater) {
    WsServer server;
    simulate(server.url(),
             {"--noise", "--duration", "6", "--fast", "--mute", "1:2", "--text", "0.5:nonsense"});
    const auto received = server.waitForClosed(1);
    ASSERT_EQ(received.size(), 1u);
    EXPECT_EQ(received[0].texts,
              (std::vector<std::string>{"nonsense", R"({"muted":true})", R"({"muted":false})"}));
    auto expected = noise(1, 0, 6);
    std::fill(expected.begin() + 2 * 192'000, expected.begin() + 5 * 192'000, std::uint8_t{0});
    EXPECT_EQ(received[0].audio, expected);
}

TEST(Simulator, LeavesOutAGap) {
    WsServer server;
    simulate(server.url(), {"--noise", "--duration", "1", "--fast", "--gap", "0.4:0.2"});
    const auto received = server.waitForClosed(1);
    ASSERT_EQ(received.size(), 1u);
    auto expected = noise(1, 0, 1);
    expected.erase(expected.begin() + 76'800, expected.begin() + 115'200);
    EXPECT_EQ(received[0].audio, expected);
}

TEST(Simulator, SendsACloseCodeOrNoCloseOnRequest) {
    WsServer server;
    simulate(server.url(), {"--duration", "0.1", "--fast", "--close-code", "1001"});
    simulate(server.url(), {"--duration", "0.1", "--fast", "--no-close"});
    const auto received = server.waitForClosed(2);
    ASSERT_EQ(received.size(), 2u);
    EXPECT_EQ(received[0].closeCode, 1001);
    EXPECT_EQ(received[1].closeCode, 0); // libsoup's word for: no Close came
}

TEST(Simulator, DumpsWhatItSent) {
    const lm::test::TemporaryDirectory temporary;
    const std::string directory = temporary.path();
    WsServer server;
    simulate(server.url(), {"--noise", "--duration", "0.5", "--fast", "--dump", directory});
    std::ifstream in(directory + "/TR_AMsim.raw", std::ios::binary);
    const Bytes dumped((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    EXPECT_EQ(dumped, noise(1, 0, 0.5));
}

TEST(Simulator, AnswersAPingWithItsConstantAndEndsWithAnEmptyCloseAndFin) {
    RawPeer peer([](RawPeer::Socket& s) {
        s.upgrade();
        s.write("\x89\x05hello");
        s.readToEnd();
    });
    simulate(peer.url(), {"--silence", "--duration", "0.2", "--ping", "50"});
    const auto frames = peer.frames();
    std::vector<std::string> control;
    for (const auto& frame : frames) {
        EXPECT_TRUE(frame.masked);
        if (frame.opcode == 9 || frame.opcode == 10) control.push_back(frame.payload);
    }
    EXPECT_EQ(std::ranges::count(control, "pong"), 1);
    EXPECT_EQ(std::ranges::count(control, "ping"), 3);
    ASSERT_FALSE(frames.empty());
    EXPECT_EQ(frames.back().opcode, 8);
    EXPECT_TRUE(frames.back().payload.empty());
    EXPECT_TRUE(peer.endedWithFin());
}

TEST(Simulator, UsesAFreshMaskForEveryFrame) {
    RawPeer peer([](RawPeer::Socket& s) {
        s.upgrade();
        s.readToEnd();
    });
    simulate(peer.url(), {"--silence", "--duration", "1", "--fast"});
    std::set<std::string> masks;
    for (const auto& frame : peer.frames())
        masks.insert(frame.mask);
    EXPECT_EQ(masks.size(), 101u);
}

TEST(Simulator, ResetsTheConnectionWhenItCuts) {
    RawPeer peer([](RawPeer::Socket& s) {
        s.upgrade();
        s.readToEnd();
    });
    const auto sim = simulate(peer.url(), {"--duration", "1", "--fast", "--cut", "0.2"});
    EXPECT_EQ(sim.tracks()[0].outcome(), Outcome::AsAsked);
    EXPECT_EQ(sim.tracks()[0].counters().messages, 20u);
    peer.frames();
    EXPECT_FALSE(peer.endedWithFin());
}

TEST(Simulator, SendsNothingWhenAskedTo) {
    WsServer server;
    const auto sim = simulate(server.url(), {"--duration", "0.1", "--never-send"});
    EXPECT_EQ(sim.tracks()[0].outcome(), Outcome::Complete);
    const auto received = server.waitForClosed(1);
    ASSERT_EQ(received.size(), 1u);
    EXPECT_EQ(received[0].messages, 0u);
}

TEST(Simulator, VanishesWithoutACloseButKeepsItsSocketForTheRestOfItsTime) {
    RawPeer peer([](RawPeer::Socket& s) {
        s.upgrade();
        s.readToEnd();
    });
    const auto sim = simulate(peer.url(), {"--duration", "0.2", "--vanish", "0.1"});
    EXPECT_EQ(sim.tracks()[0].outcome(), Outcome::AsAsked);
    EXPECT_EQ(sim.tracks()[0].counters().messages, 10u);
    const auto frames = peer.frames();
    EXPECT_TRUE(std::ranges::none_of(frames, [](const auto& frame) { return frame.opcode == 8; }));
}

TEST(Simulator, LeavesATurnToTheOtherTracksHoweverFastTheServerReads) {
    RawPeer peer([](RawPeer::Socket& s) {
        s.upgrade();
        s.readToEnd();
    });
    const auto options = parseOptions({"--url", peer.url()});
    ASSERT_TRUE(options);
    const auto audio = std::make_shared<const Audio>(makeSilence());
    TrackSettings settings;
    settings.authority = options->address.authority;
    settings.target = options->address.target;
    settings.fast = true;
    Track track(settings, Messages(audio, {.totalFrames = 480'000}));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(options->address.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    track.connect(reinterpret_cast<const sockaddr*>(&address), sizeof address, Clock::now());
    const auto visit = [&] {
        pollfd ready{track.fd(), static_cast<short>(track.wantsWrite() ? POLLIN | POLLOUT : POLLIN), 0};
        ASSERT_EQ(::poll(&ready, 1, 20'000), 1);
        ready.revents& POLLOUT ? track.onWritable(Clock::now()) : track.onReadable(Clock::now());
    };
    while (!track.connected() && !HasFatalFailure())
        visit();
    EXPECT_GT(track.counters().messages, 0u);
    EXPECT_LT(track.counters().messages, 1000u);
    while (!track.done() && !HasFatalFailure())
        visit();
    EXPECT_EQ(track.outcome(), Outcome::Complete) << track.reason();
    EXPECT_EQ(peer.frames().size(), 1001u);
}

TEST(Simulator, ReportsARefusedUpgradeWithTheAnswer) {
    RawPeer peer([](RawPeer::Socket& s) {
        s.readRequest();
        s.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    });
    const auto sim = simulate(peer.url(), {"--duration", "1"});
    EXPECT_EQ(sim.tracks()[0].outcome(), Outcome::Refused);
    EXPECT_EQ(sim.tracks()[0].reason(), "bad handshake: the server answered 'HTTP/1.1 400 Bad Request'");
    EXPECT_FALSE(succeeded(sim.tracks()[0]));
}

TEST(Simulator, ReportsAServerThatClosesFirst) {
    RawPeer peer([](RawPeer::Socket& s) {
        s.upgrade();
        s.write(std::string("\x88\x02\x03\xf1", 4));
        s.readToEnd();
    });
    const auto sim = simulate(peer.url(), {"--duration", "5"});
    EXPECT_EQ(sim.tracks()[0].outcome(), Outcome::PeerClosed);
    EXPECT_EQ(sim.tracks()[0].reason(), "the server sent Close (1009)");
}

TEST(Simulator, ReportsAServerThatIsNotThere) {
    std::string url;
    {
        RawPeer gone([](RawPeer::Socket&) {});
        url = gone.url();
    }
    const auto sim = simulate(url, {"--duration", "1", "--tracks", "2"});
    EXPECT_EQ(totalsOf(sim.tracks()).failed, 2u);
    EXPECT_NE(summaryText(sim.tracks(), 1).find("Connection refused"), std::string::npos);
    EXPECT_NE(summaryJson(sim.tracks(), 1).find("\"outcome\" : \"refused\""), std::string::npos);
}

TEST(Simulator, ReportsWhenTheFirstAudioWasDueByTheWallClock) {
    const WsServer server;
    const auto now = [] {
        const auto time = std::chrono::system_clock::now().time_since_epoch();
        return std::chrono::duration_cast<std::chrono::microseconds>(time).count();
    };
    const auto before = now();
    const auto sim = simulate(server.url(), {"--duration", "0.1"});
    const auto after = now();
    const std::string json = summaryJson(sim.tracks(), 1);
    const auto number = [&](const std::string& name) {
        const auto at = json.find('"' + name + "\" : ");
        return at == std::string::npos ? -1 : std::stoll(json.substr(at + name.size() + 5));
    };
    EXPECT_GE(number("firstAudioUtcUs"), before - 1000); // of two clocks
    EXPECT_LE(number("firstAudioUtcUs"), after);
    EXPECT_GE(number("leastLateUs"), 0);
    EXPECT_LE(number("leastLateUs"), after - before);
}

TEST(Simulator, RefusesAudioItCannotRead) {
    auto options = parseOptions({"--url", "ws://127.0.0.1:1/", "--audio", "/nowhere/a.wav"});
    ASSERT_TRUE(options);
    const auto simulator = Simulator::make(*options);
    ASSERT_FALSE(simulator);
    EXPECT_EQ(simulator.error().message, "cannot open /nowhere/a.wav");
}

} // namespace
