#include "service/engineio/base64.hpp"
#include "service/engineio/outgoing.hpp"
#include "service/engineio/packet.hpp"

#include <gtest/gtest.h>

namespace lm::engineio {
namespace {

using namespace std::string_literals;

TEST(Base64, WritesAndReadsTheVectorsOfRfc4648) {
    const std::pair<std::string, std::string> vectors[] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {"\xff\xfe\xfd\0"s, "//79AA=="},
    };
    for (const auto& [bytes, text] : vectors) {
        EXPECT_EQ(encodeBase64(bytes), text);
        EXPECT_EQ(decodeBase64(text), bytes);
    }
}

TEST(Base64, ReadsWhatTheReferenceReads) {
    EXPECT_EQ(decodeBase64("__79AA"), "\xff\xfe\xfd\0"s); // the alphabet of URLs, no padding
    EXPECT_EQ(decodeBase64("Zm 9v\nYg=="), "foob");
    EXPECT_EQ(decodeBase64("Zg==Zg=="), "f");
    EXPECT_EQ(decodeBase64("Z"), "");
}

TEST(EnginePacket, ReadsTypeAndData) {
    EXPECT_EQ(decodePacket("4hello"), (Packet{Type::Message, "hello"}));
    EXPECT_EQ(decodePacket("2"), (Packet{Type::Ping}));
    for (const char* none : {"", "7", "abc", "-1", " 4"})
        EXPECT_FALSE(decodePacket(none)) << none;
}

TEST(EnginePayload, ReadsTextAndBinaryPackets) {
    const Payload read = decodePayload("4hello\x1e"
                                       "bAQIDBA==\x1e"
                                       "3");
    EXPECT_TRUE(read.valid);
    EXPECT_EQ(read.packets,
              (std::vector<Packet>{
                  {Type::Message, "hello"}, {Type::Message, "\x01\x02\x03\x04", true}, {Type::Pong}}));
}

TEST(EnginePayload, StopsAtTheFirstThatIsNone) {
    const Payload read = decodePayload("4one\x1e"
                                       "abc\x1e"
                                       "4two");
    EXPECT_FALSE(read.valid);
    EXPECT_EQ(read.packets, (std::vector<Packet>{{Type::Message, "one"}}));
    EXPECT_FALSE(decodePayload("").valid);
    EXPECT_FALSE(decodePayload("4one\x1e").valid);
}

TEST(EnginePayload, TextThatIsNoneIsNotReadAsSuch) {
    for (const char* wrong : {"4\xff", "4[\"message\",\"\xff\xfe\"]",
                              "4ok\x1e"
                              "4\xc3"})
        EXPECT_FALSE(decodePayload(wrong).valid) << wrong;
    EXPECT_TRUE(decodePayload("4\xc3\xa9").valid);
}

TEST(EnginePayload, ReadsNoMorePacketsThanAllowed) {
    const Payload read = decodePayload("41\x1e"
                                       "42\x1e"
                                       "43",
                                       2);
    EXPECT_FALSE(read.valid);
    EXPECT_EQ(read.packets.size(), 2U);
}

TEST(Outgoing, IsOneFrameAndOnePacketOfAPayload) {
    const auto text = Outgoing::text("hi");
    EXPECT_EQ(text->frame(), "\x81\x03"
                             "4hi");
    EXPECT_EQ(text->packet(), "4hi");
    const auto binary = Outgoing::binary("\x01\x02");
    EXPECT_EQ(binary->frame(), "\x82\x02\x01\x02");
    std::string body;
    appendToPayload(body, text->packet(), text->isBinary());
    appendToPayload(body, binary->packet(), binary->isBinary());
    EXPECT_EQ(body, "4hi\x1e"
                    "bAQI=");
}

} // namespace
} // namespace lm::engineio
