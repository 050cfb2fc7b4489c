// What must not happen: a crash, a lost byte of what came before, a stream without an end.

#include "plugins/common/names.hpp"
#include "tests/plugins/wsaudiosrc/sourcefixture.hpp"

using namespace lm;
using lm::test::ClientFrame;
using lm::test::Source;
using lm::test::WsPeer;
namespace wire = lm::names::wsaudiosrc;

namespace {

class BadInput : public Source {
protected:
    void SetUp() override {
        Source::SetUp();
        play();
        peer = std::make_unique<WsPeer>(port());
        ASSERT_EQ(peer->upgrade(target()), 101);
        peer->send(test::binary(good));
    }
    void TearDown() override {
        peer.reset();
        Source::TearDown();
    }
    /// Sends the offence; what came before it is recorded, the peer is told why, the stream ends.
    void expectEnd(const std::string& offence, std::uint16_t code) {
        peer->send(offence);
        EXPECT_EQ(pullToEos().audio, good);
        EXPECT_TRUE(peer->sawClose(code));
    }

    const std::string good = test::noise(1920);
    std::unique_ptr<WsPeer> peer;
};

} // namespace

TEST_F(BadInput, OddMessagesAreJoinedIntoSamples) {
    std::string sent = good;
    for (unsigned i = 0; i < 200; ++i) {
        const auto piece = test::noise(1 + i % 37, i);
        peer->send(test::binary(piece));
        sent += piece;
    }
    peer->send(test::closeFrame());
    EXPECT_EQ(pullToEos().audio, sent.substr(0, sent.size() / 4 * 4));
}

TEST_F(BadInput, EmptyMessagesAreHarmless) {
    peer->send(test::binary("") + test::text("") + test::binary("") + test::binary("abcd") +
               test::closeFrame());
    EXPECT_EQ(pullToEos().audio, good + "abcd");
}

TEST_F(BadInput, FragmentedMessagesWithControlFramesBetweenAreJoined) {
    peer->send(ClientFrame{2, "ab", false}.encode() + ClientFrame{9, "ping"}.encode() +
               ClientFrame{0, "cd", false}.encode() + ClientFrame{0, ""}.encode() + test::closeFrame());
    EXPECT_EQ(pullToEos().audio, good + "abcd");
    const auto pong = peer->readFrame();
    ASSERT_TRUE(pong);
    EXPECT_EQ(pong->opcode, 10);
    EXPECT_EQ(pong->payload, "ping");
}

TEST_F(BadInput, TextThatIsNotJsonIsReportedOnceAndTheAudioGoesOn) {
    for (int i = 0; i < 10; ++i)
        peer->send(test::text("not json"));
    peer->send(test::binary("abcd") + test::closeFrame());
    EXPECT_EQ(pullToEos().audio, good + "abcd");
    EXPECT_EQ(number(message(wire::msgBadText), "count"), 1u);
    message(wire::msgClosed);
    EXPECT_EQ(stat("bad-texts"), 10u);
}

TEST_F(BadInput, AFloodOfTextsIsCountedAndTheAudioGoesOn) {
    std::string flood;
    for (int i = 0; i < 20000; ++i)
        flood += test::text(i % 2 ? "{\"muted\":true}" : "{\"muted\":false}") + test::binary("ab");
    peer->send(flood + test::closeFrame());
    std::string sent = good;
    for (int i = 0; i < 20000; ++i)
        sent += "ab";
    EXPECT_EQ(pullToEos().audio, sent);
    message(wire::msgClosed);
    EXPECT_EQ(stat("texts"), 20000u);
    EXPECT_GT(stat("ignored-texts"), 15000u);
}

TEST_F(BadInput, ATextThatIsTooLongIsIgnored) {
    peer->send(test::text("{\"a\":\"" + std::string(20000, 'x') + "\"}") + test::binary("abcd") +
               test::closeFrame());
    EXPECT_EQ(pullToEos().audio, good + "abcd");
    message(wire::msgClosed);
    EXPECT_EQ(stat("ignored-texts"), 1u);
}

TEST_F(BadInput, AnUnmaskedFrameEndsWith1002) {
    ClientFrame frame{2, "abcd"};
    frame.masked = false;
    expectEnd(frame.encode(), 1002);
}

TEST_F(BadInput, ReservedBitsEndWith1002) {
    ClientFrame frame{2, "abcd"};
    frame.reserved = 4;
    expectEnd(frame.encode(), 1002);
}

TEST_F(BadInput, AnUnknownOpcodeEndsWith1002) {
    expectEnd(ClientFrame{5, ""}.encode(), 1002);
}

TEST_F(BadInput, InvalidUtf8EndsWith1007) {
    expectEnd(test::text("\xC3\x28"), 1007);
}

TEST_F(BadInput, AMessageAboveTheLimitEndsWith1009) {
    expectEnd(test::binary(std::string((1 << 20) + 1, 'x')), 1009);
}

TEST_F(BadInput, FragmentsThatAddUpAboveTheLimitEndWith1009AndKeepWhatFitted) {
    const std::string part(600 * 1024, 'p');
    peer->send(ClientFrame{2, part, false}.encode() + ClientFrame{0, part}.encode());
    EXPECT_EQ(pullToEos().audio, good + part);
    EXPECT_TRUE(peer->sawClose(1009));
}

TEST_F(BadInput, APeerThatDisappearsLeavesWhatItSent) {
    peer->finish();
    EXPECT_EQ(pullToEos().audio, good);
    EXPECT_EQ(number(message(wire::msgClosed), "bytes"), good.size());
}

TEST_F(BadInput, AResetLeavesWhatHadBeenTaken) {
    pull(); // the kernel drops what was not read before a reset
    peer->reset();
    EXPECT_EQ(pullToEos().events.back(), "eos");
    gboolean clean = TRUE;
    gst_structure_get_boolean(gst_message_get_structure(message(wire::msgClosed).get()), "clean", &clean);
    EXPECT_FALSE(clean);
}

TEST_F(BadInput, APeerThatNeverReadsIsStillRecorded) {
    std::string sent = good;
    for (unsigned i = 0; i < 3000; ++i) {
        const auto piece = test::noise(400, i);
        peer->send(ClientFrame{9, std::string(125, 'p')}.encode() + test::binary(piece));
        sent += piece;
    }
    peer->send(test::closeFrame());
    EXPECT_EQ(pullToEos().audio, sent);
}

TEST_F(BadInput, AFloodArrivesWhole) {
    std::string sent = good;
    const auto piece = test::noise(100 * 1000);
    for (int i = 0; i < 100; ++i) {
        peer->send(test::binary(piece));
        sent += piece;
    }
    peer->send(test::closeFrame());
    EXPECT_EQ(pullToEos().audio, sent);
}

TEST_F(BadInput, FrameCutAtEveryByteIsWhole) {
    for (const char c : test::binary("abcd"))
        peer->send(std::string(1, c));
    peer->send(test::closeFrame());
    EXPECT_EQ(pullToEos().audio, good + "abcd");
}

using Handshake = Source;

TEST_F(Handshake, AParameterThatIsWrongIsRefusedBeforeTheUpgradeAndNamed) {
    play();
    WsPeer peer(port());
    EXPECT_EQ(peer.upgrade(target("channels=none")), 400);
    EXPECT_NE(peer.readBody().find("channels"), std::string::npos);
    WsPeer next(port());
    EXPECT_EQ(next.upgrade(target()), 101) << "the source is still free";
}

TEST_F(Handshake, OtherPathsAndPlainRequestsAreRefused) {
    play();
    WsPeer other(port());
    EXPECT_EQ(other.upgrade("/elsewhere"), 404);
    WsPeer plain(port());
    plain.send("GET /egress-audio HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(plain.readStatus(), 426);
}

TEST_F(Handshake, ARefusedHandshakeDoesNotUseUpTheSource) {
    play();
    WsPeer broken(port());
    broken.send("GET /egress-audio HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    EXPECT_EQ(broken.readStatus(), 400);
    WsPeer peer(port());
    EXPECT_EQ(peer.upgrade(target()), 101);
}

TEST_F(Handshake, APeerThatHangsUpDuringTheUpgradeDoesNotUseUpTheSource) {
    play();
    {
        WsPeer half(port());
        half.send("GET /egress-audio HTTP/1.1\r\nHost: x\r\nUpgr");
    }
    WsPeer peer(port());
    ASSERT_EQ(peer.upgrade(target()), 101);
    peer.send(test::binary("abcd") + test::closeFrame());
    EXPECT_EQ(pullToEos().audio, "abcd");
}

TEST_F(Handshake, ADisconnectRightBehindTheRequestEndsTheStream) {
    play();
    {
        WsPeer peer(port());
        peer.sendRequest(target());
        peer.finish();
        peer.readStatus();
    }
    EXPECT_EQ(pullToEos().events.back(), "eos");
}
