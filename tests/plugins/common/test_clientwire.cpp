#include "plugins/common/websocket/clientwire.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include <string>

using namespace lm::ws;

namespace {

using Buffer = std::vector<std::uint8_t>;

Buffer frame(Opcode opcode, bool final, const Buffer& payload, std::uint32_t mask = 0) {
    Buffer out;
    appendFrame(out, opcode, final, payload, mask);
    return out;
}

// The masked "Hello" of RFC 6455, section 5.7.
TEST(ClientWire, MasksAsTheExampleOfTheRfc) {
    const Buffer hello = {'H', 'e', 'l', 'l', 'o'};
    std::uint32_t mask = 0;
    const std::uint8_t key[] = {0x37, 0xfa, 0x21, 0x3d};
    std::memcpy(&mask, key, 4);
    EXPECT_EQ(frame(Opcode::Text, true, hello, mask),
              (Buffer{0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58}));
}

TEST(ClientWire, MasksLongPayloadsByteForByte) {
    Buffer payload(1923);
    for (std::size_t i = 0; i < payload.size(); ++i)
        payload[i] = static_cast<std::uint8_t>(i * 7);
    const auto out = frame(Opcode::Binary, true, payload, 0x89abcdef);
    ASSERT_EQ(out.size(), 8 + payload.size());
    for (std::size_t i = 0; i < payload.size(); ++i)
        ASSERT_EQ(out[8 + i] ^ out[4 + i % 4], payload[i]) << i;
}

TEST(ClientWire, ChoosesTheShortestLengthField) {
    EXPECT_EQ(frame(Opcode::Binary, true, Buffer(125))[1], 0x80 | 125);
    const auto medium = frame(Opcode::Binary, true, Buffer(126));
    EXPECT_EQ((Buffer{medium.begin(), medium.begin() + 4}), (Buffer{0x82, 0x80 | 126, 0, 126}));
    const auto large = frame(Opcode::Binary, true, Buffer(65536));
    EXPECT_EQ((Buffer{large.begin(), large.begin() + 10}),
              (Buffer{0x82, 0x80 | 127, 0, 0, 0, 0, 0, 1, 0, 0}));
}

TEST(ClientWire, MarksFragments) {
    EXPECT_EQ(frame(Opcode::Binary, false, {1})[0], 0x02);
    EXPECT_EQ(frame(Opcode::Continuation, true, {1})[0], 0x80);
}

TEST(ClientWire, ClosesEmptyUnlessACodeIsAskedFor) {
    EXPECT_TRUE(closePayload({}).empty());
    EXPECT_EQ(closePayload(1001), (Buffer{0x03, 0xe9}));
}

TEST(ClientWire, ReadsServerFramesFromSingleBytes) {
    Buffer stream = {0x89, 2, 'h', 'i', 0x82, 126, 1, 0};
    stream.resize(stream.size() + 256, 9);
    stream.insert(stream.end(), {0x88, 0});
    ServerFrames reader;
    std::vector<ServerFrame> frames;
    for (const auto byte : stream) {
        Bytes one(&byte, 1);
        auto got = reader.next(one);
        ASSERT_TRUE(got) << got.error().message;
        if (*got) frames.push_back(**got);
    }
    ASSERT_EQ(frames.size(), 3u);
    EXPECT_EQ(frames[0].control, "hi");
    EXPECT_EQ(frames[1].opcode, Opcode::Binary);
    EXPECT_EQ(frames[1].length, 256u);
    EXPECT_EQ(frames[2].opcode, Opcode::Close);
}

TEST(ClientWire, ReportsViolationsOfTheServer) {
    const auto error = [](Buffer bytes) {
        ServerFrames reader;
        Bytes view(bytes);
        auto got = reader.next(view);
        return got ? std::string() : got.error().message;
    };
    EXPECT_EQ(error({0x81, 0x85}), "the server masked a frame");
    EXPECT_EQ(error({0xc1, 0x05}), "the server set a reserved bit");
    EXPECT_EQ(error({0x89, 126, 0, 200}), "the server sent a control frame over 125 bytes");
}

// Key and accept of RFC 6455, section 1.3.
constexpr char rfcKey[] = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr char rfcAccept[] = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

TEST(ClientWire, ComputesTheAcceptOfTheRfc) {
    EXPECT_EQ(acceptFor(rfcKey), rfcAccept);
}

TEST(ClientWire, AcceptsOnlyAProperUpgrade) {
    const std::string fields =
        "\r\nUPGRADE: WebSocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Accept: ";
    EXPECT_FALSE(checkUpgrade("HTTP/1.1 101 Switching Protocols" + fields + rfcAccept, rfcKey));
    EXPECT_TRUE(checkUpgrade("HTTP/1.1 101 Switching Protocols" + fields + "wrong", rfcKey));
    EXPECT_TRUE(checkUpgrade(
        "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: " + std::string(rfcAccept), rfcKey));
    const auto refused = checkUpgrade("HTTP/1.1 400 Bad Request\r\nContent-Length: 0", rfcKey);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->message, "bad handshake: the server answered 'HTTP/1.1 400 Bad Request'");
}

} // namespace
