#include "plugins/common/ingest/mediasession.hpp"
#include "tests/support/streampair.hpp"
#include "tests/support/wspeer.hpp"

#include <gtest/gtest.h>

#include <vector>

using namespace lm;
using namespace std::chrono_literals;
using Next = ingest::Client::Next;

namespace {

class Output : public ingest::SessionOutput {
public:
    void onData(ws::Bytes piece, bool) override {
        data.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    }
    void onText(std::string_view text) override { texts.emplace_back(text); }
    std::optional<ingest::Refusal> onVisitEnd(ingest::Clock::time_point) override {
        EXPECT_TRUE(closed.empty()) << "nothing follows onClosed";
        ++visits;
        return refusal;
    }
    void onClosed(const ingest::CloseInfo& info) override { closed.push_back(info); }

    std::string data;
    std::vector<std::string> texts;
    std::vector<ingest::CloseInfo> closed;
    int visits = 0;
    std::optional<ingest::Refusal> refusal;
};

class MediaSession : public testing::Test {
protected:
    Next visit(std::chrono::seconds later = 0s) { return session.onVisit(scratch, start + later); }
    Next keepHouse(std::chrono::seconds later) { return session.onHousekeeping(start + later); }
    std::string sent() const { return pair.received(); }

    test::StreamPair pair;
    Output output;
    std::vector<std::uint8_t> scratch = std::vector<std::uint8_t>(64 * 1024);
    const ingest::Clock::time_point start = ingest::Clock::now();
    ingest::MediaSession session{pair.stream(), {}, output};
};

} // namespace

TEST_F(MediaSession, HandsOverEverythingThatIsThereInOneVisit) {
    std::string expected;
    for (int i = 0; i < 20; ++i) {
        const std::string message(1920, static_cast<char>('a' + i));
        pair.send(test::binary(message));
        expected += message;
    }
    EXPECT_EQ(visit(), Next::Keep);
    EXPECT_EQ(output.data, expected);
    EXPECT_EQ(output.visits, 1);
    EXPECT_EQ(session.stats().messages, 20u);
}

TEST_F(MediaSession, AnswersOnlyTheNewestOfSeveralPings) {
    pair.send(test::ClientFrame{9, "one"}.encode() + test::ClientFrame{9, "two"}.encode());
    visit();
    EXPECT_EQ(sent(), ws::encodeFrame(ws::Opcode::Pong, "two"));
    EXPECT_EQ(session.stats().pings, 2u);
}

TEST_F(MediaSession, EchoesCloseAndLeavesWithoutWaiting) {
    pair.send(test::binary("tail") + test::closeFrame());
    EXPECT_EQ(visit(), Next::Leave);
    EXPECT_EQ(output.data, "tail");
    ASSERT_EQ(output.closed.size(), 1u);
    EXPECT_TRUE(output.closed[0].clean);
    EXPECT_EQ(output.closed[0].code, ws::closecode::NoStatus);
    EXPECT_EQ(sent(), ws::encodeClose(ws::closecode::NoStatus));
}

TEST_F(MediaSession, ReportsAConnectionThatEndsWithoutCloseAsAbnormalAfterItsData) {
    pair.send(test::binary("tail"));
    pair.hangUp();
    EXPECT_EQ(visit(), Next::Leave);
    EXPECT_EQ(output.data, "tail");
    ASSERT_EQ(output.closed.size(), 1u);
    EXPECT_FALSE(output.closed[0].clean);
    EXPECT_EQ(output.closed[0].code, ws::closecode::Abnormal);
}

TEST_F(MediaSession, LingersAfterAViolationSoThatThePeerSeesWhy) {
    test::ClientFrame bad{2, "x"};
    bad.masked = false;
    pair.send(test::binary("good") + bad.encode());
    EXPECT_EQ(visit(), Next::Keep);
    EXPECT_EQ(output.data, "good");
    ASSERT_EQ(output.closed.size(), 1u);
    EXPECT_EQ(output.closed[0].code, ws::closecode::ProtocolError);
    EXPECT_EQ(sent().substr(0, 4),
              ws::encodeClose(ws::closecode::ProtocolError, "..").substr(0, 1) +
                  ws::encodeClose(ws::closecode::ProtocolError, output.closed[0].reason).substr(1, 3));
    pair.send(test::binary("ignored"));
    EXPECT_EQ(visit(), Next::Keep);
    EXPECT_EQ(output.data, "good");
    pair.hangUp();
    EXPECT_EQ(visit(), Next::Leave);
    EXPECT_EQ(output.closed.size(), 1u);
}

TEST_F(MediaSession, DoesNotLingerForeverForAPeerThatStays) {
    pair.send(test::text("\xFF"));
    EXPECT_EQ(visit(), Next::Keep);
    EXPECT_EQ(keepHouse(1s), Next::Keep);
    EXPECT_EQ(keepHouse(3s), Next::Leave);
}

TEST_F(MediaSession, TakesWhatHasArrivedBeforeARequestedFinish) {
    pair.send(test::binary("last "));
    session.requestFinish();
    EXPECT_EQ(visit(), Next::Keep);
    EXPECT_EQ(sent().substr(2, 2), ws::encodeClose(ws::closecode::GoingAway).substr(2));
    pair.send(test::binary("words") + test::closeFrame(ws::closecode::GoingAway));
    EXPECT_EQ(visit(), Next::Leave);
    EXPECT_EQ(output.data, "last words");
    ASSERT_EQ(output.closed.size(), 1u);
    EXPECT_TRUE(output.closed[0].clean);
    EXPECT_EQ(output.closed[0].code, ws::closecode::GoingAway);
    EXPECT_EQ(sent(), "") << "one Close is enough";
}

TEST_F(MediaSession, ARequestedFinishDoesNotWaitForeverForThePeer) {
    session.requestFinish();
    EXPECT_EQ(visit(), Next::Keep);
    pair.send(test::binary("on the way"));
    EXPECT_EQ(keepHouse(1s), Next::Keep);
    visit(1s);
    EXPECT_EQ(keepHouse(3s), Next::Leave);
    EXPECT_EQ(output.data, "on the way");
    ASSERT_EQ(output.closed.size(), 1u);
    EXPECT_TRUE(output.closed[0].clean);
}

TEST_F(MediaSession, APeerThatHangsUpWhenAskedToEndsCleanly) {
    session.requestFinish();
    EXPECT_EQ(visit(), Next::Keep);
    pair.hangUp();
    EXPECT_EQ(visit(), Next::Leave);
    ASSERT_EQ(output.closed.size(), 1u);
    EXPECT_TRUE(output.closed[0].clean);
}

TEST_F(MediaSession, EndsWhenDownstreamWantsNoMore) {
    output.refusal = {ws::closecode::UnsupportedData, "this is no video"};
    pair.send(test::binary("x"));
    visit();
    ASSERT_EQ(output.closed.size(), 1u);
    EXPECT_FALSE(output.closed[0].clean);
    EXPECT_EQ(output.closed[0].reason, "this is no video");
    EXPECT_EQ(sent(), ws::encodeClose(ws::closecode::UnsupportedData, "this is no video"));
}

TEST_F(MediaSession, PingsAQuietPeerAndCountsAnyByteAsLife) {
    keepHouse(19s);
    EXPECT_EQ(sent(), "");
    keepHouse(21s);
    EXPECT_EQ(sent(), ws::encodeFrame(ws::Opcode::Ping, {}));
    pair.send(test::ClientFrame{10, "pong"}.encode());
    EXPECT_EQ(visit(100s), Next::Keep);
    EXPECT_EQ(keepHouse(218s), Next::Keep);
    EXPECT_TRUE(output.closed.empty());
}

TEST_F(MediaSession, GivesUpOnAPeerThatIsSilentForTheIdleTimeout) {
    EXPECT_EQ(keepHouse(119s), Next::Keep);
    keepHouse(121s);
    ASSERT_EQ(output.closed.size(), 1u);
    EXPECT_FALSE(output.closed[0].clean);
    EXPECT_NE(output.closed[0].reason.find("120 s"), std::string::npos);
}

TEST_F(MediaSession, AFloodIsTakenInBoundedVisits) {
    const std::string message(60000, 'x');
    std::size_t offered = 0;
    // More than one visit's budget, fed while it is being read.
    std::vector<std::uint8_t> small(4096);
    for (int i = 0; i < 40; ++i) {
        pair.send(test::binary(message));
        offered += message.size();
        session.onVisit(small, start);
    }
    EXPECT_EQ(output.data.size(), offered);
}

TEST_F(MediaSession, NeverSendingPeersPongsArePutOffNotWaitedFor) {
    // The peer reads nothing: pongs pile up to a bound and are then counted instead of kept.
    for (int i = 0; i < 20000 && session.stats().unsentPongs == 0; ++i) {
        pair.send(test::ClientFrame{9, std::string(125, 'p')}.encode());
        ASSERT_EQ(visit(), Next::Keep);
    }
    EXPECT_GT(session.stats().unsentPongs, 0u);
    pair.send(test::binary("still heard"));
    visit();
    EXPECT_EQ(output.data, "still heard");
}
