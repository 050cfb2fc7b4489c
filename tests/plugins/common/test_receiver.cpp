#include "plugins/common/websocket/receiver.hpp"
#include "tests/plugins/common/recorder.hpp"
#include "tests/support/wspeer.hpp"

#include <gtest/gtest.h>

using namespace lm;
using lm::test::ClientFrame;

namespace {

using Events = std::vector<std::string>;

struct Outcome {
    Events events;
    std::uint16_t code = 0; // of a violation
    std::string unfinished;
};

Outcome receive(std::string wire, std::size_t step = std::string::npos, std::uint64_t limit = 1 << 20) {
    ws::Receiver receiver(limit);
    test::Recorder recorder;
    Outcome outcome;
    for (std::size_t i = 0; i < wire.size(); i += std::min(step, wire.size())) {
        const std::span whole(reinterpret_cast<std::uint8_t*>(wire.data()), wire.size());
        const auto piece = whole.subspan(i, std::min(step, wire.size() - i));
        if (const auto violation = receiver.feed(piece, recorder)) {
            outcome.code = violation->code;
            EXPECT_FALSE(violation->reason.empty());
            EXPECT_TRUE(receiver.finished());
            break;
        }
    }
    outcome.events = recorder.events;
    outcome.unfinished = recorder.binary;
    return outcome;
}

std::string frame(std::uint8_t opcode, std::string payload, bool fin = true) {
    return ClientFrame{opcode, std::move(payload), fin}.encode();
}

} // namespace

TEST(Receiver, ReadsMessagesOfEveryLengthForm) {
    const std::string mid(126, 'm'), large(70000, 'l');
    const auto outcome =
        receive(test::binary("") + test::binary("s") + test::binary(mid) + test::binary(large));
    EXPECT_EQ(outcome.events, (Events{"binary ", "binary s", "binary " + mid, "binary " + large}));
    EXPECT_EQ(outcome.code, 0);
}

TEST(Receiver, GivesTheSameWhereverTheStreamIsCut) {
    const std::string wire = test::text("{\"muted\":true}") + frame(2, std::string(200, 'a'), false) +
                             frame(9, "ping") + frame(0, "b") + frame(10, "pong") + test::binary("c") +
                             test::closeFrame(1000, "done");
    const auto whole = receive(wire);
    EXPECT_EQ(whole.events.size(), 6u);
    for (std::size_t step = 1; step < 24; ++step)
        EXPECT_EQ(receive(wire, step).events, whole.events) << step;
}

TEST(Receiver, HandsOutBinaryPiecesBeforeTheMessageEnds) {
    EXPECT_EQ(receive(test::binary("abcdef").substr(0, 9)).unfinished, "abc");
}

TEST(Receiver, TakesControlFramesBetweenFragments) {
    const auto outcome =
        receive(frame(1, "ab", false) + frame(9, "x") + frame(0, "cd", false) + frame(0, "ef"));
    EXPECT_EQ(outcome.events, (Events{"ping x", "text abcdef"}));
}

TEST(Receiver, ReportsAnEmptyCloseAsNoStatus) {
    EXPECT_EQ(receive(test::closeFrame()).events, Events{"close 1005 "});
}

TEST(Receiver, IgnoresWhatFollowsAClose) {
    EXPECT_EQ(receive(test::closeFrame(1001) + test::binary("late")).events, Events{"close 1001 "});
}

TEST(Receiver, FailsProtocolViolationsWith1002) {
    ClientFrame unmasked{2, "x"}, reserved{2, "x"};
    unmasked.masked = false;
    reserved.reserved = 4;
    const std::vector<std::string> wires = {
        unmasked.encode(),
        reserved.encode(),
        frame(3, ""), // unknown opcodes
        frame(11, ""),
        frame(9, "x", false),                 // fragmented control
        frame(9, std::string(126, 'x')),      // long control
        frame(0, "x"),                        // continuation of nothing
        frame(2, "x", false) + frame(2, "y"), // message in a message
        frame(8, "x"),                        // half a code
        test::closeFrame(1005),
        test::closeFrame(999),
        std::string("\x82\xFE\x00\x01\0\0\0\0x", 9),           // length not minimal, 16 bit
        std::string("\x82\xFF\0\0\0\0\0\0\x01\0\0\0\0\0", 14), // and 64 bit
        std::string("\x82\xFF\xFF\0\0\0\0\0\0\0\0\0\0\0", 14), // the sign bit
    };
    for (const auto& wire : wires)
        EXPECT_EQ(receive(wire).code, ws::closecode::ProtocolError)
            << testing::PrintToString(wire.substr(0, 14));
}

TEST(Receiver, FailsBadUtf8With1007AtTheFirstBadByte) {
    EXPECT_EQ(receive(test::text("\xFF")).code, ws::closecode::InvalidPayload);
    EXPECT_EQ(receive(test::text("\xE2\x82")).code, ws::closecode::InvalidPayload);
    EXPECT_EQ(receive(frame(1, "\xE2\x82", false) + frame(0, "\xAC")).code, 0);
    EXPECT_EQ(receive(frame(1, "a\xC0", false)).code, ws::closecode::InvalidPayload);
    EXPECT_EQ(receive(test::closeFrame(1000, "\xFF")).code, ws::closecode::InvalidPayload);
}

TEST(Receiver, FailsAMessageAboveTheLimitWith1009BeforeItsPayload) {
    EXPECT_EQ(receive(test::binary(std::string(101, 'x')).substr(0, 6), 1, 100).code, ws::closecode::TooBig);
    EXPECT_EQ(receive(test::binary(std::string(100, 'x')), 7, 100).code, 0);
}

TEST(Receiver, CountsFragmentsTogetherAgainstTheLimit) {
    const auto wire = frame(2, std::string(60, 'a'), false) + frame(0, std::string(41, 'b'));
    const auto outcome = receive(wire, 5, 100);
    EXPECT_EQ(outcome.code, ws::closecode::TooBig);
    EXPECT_EQ(outcome.unfinished, std::string(60, 'a')) << "what came before the violation is kept";
    EXPECT_EQ(receive(std::string("\x82\xFF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF\0\0\0\0", 14)).code,
              ws::closecode::TooBig);
}
