#include "plugins/common/websocket/frame.hpp"

#include <gtest/gtest.h>

#include <vector>

using namespace lm::ws;

TEST(EncodeFrame, UsesTheMinimalLengthForm) {
    EXPECT_EQ(encodeFrame(Opcode::Pong, "ab"), std::string("\x8A\x02"
                                                           "ab"));
    EXPECT_EQ(encodeFrame(Opcode::Text, std::string(126, 'x')).substr(0, 4),
              std::string("\x81\x7E\x00\x7E", 4));
    EXPECT_EQ(encodeFrame(Opcode::Binary, std::string(65536, 'x')).substr(0, 10),
              std::string("\x82\x7F\x00\x00\x00\x00\x00\x01\x00\x00", 10));
}

TEST(EncodeClose, CarriesCodeAndReason) {
    EXPECT_EQ(encodeClose(closecode::Normal, "bye"), std::string("\x88\x05\x03\xE8"
                                                                 "bye"));
    EXPECT_EQ(encodeClose(closecode::NoStatus), std::string("\x88\x00", 2));
}

TEST(EncodeClose, CutsALongReasonBetweenCharacters) {
    std::string reason;
    for (int i = 0; i < 60; ++i)
        reason += "\xE2\x82\xAC";
    const auto frame = encodeClose(closecode::Normal, reason);
    EXPECT_EQ(frame.size(), 2u + 2u + 123u);
    EXPECT_EQ(frame.substr(frame.size() - 3), "\xE2\x82\xAC");
}

TEST(WireCloseCode, ReservedOnesAreNotAllowed) {
    for (const auto code :
         std::initializer_list<std::uint16_t>{1000, 1001, 1002, 1003, 1007, 1011, 1014, 3000, 4999})
        EXPECT_TRUE(isWireCloseCode(code)) << code;
    for (const auto code :
         std::initializer_list<std::uint16_t>{0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65535})
        EXPECT_FALSE(isWireCloseCode(code)) << code;
}

TEST(ApplyMask, IsTheSameAsByteByByteFromAnyOffset) {
    const std::uint8_t key[4] = {0x1F, 0x2E, 0x3D, 0x4C};
    for (std::uint64_t offset = 0; offset < 9; ++offset)
        for (std::size_t size = 0; size < 40; ++size) {
            std::vector<std::uint8_t> data(size), expected(size);
            for (std::size_t i = 0; i < size; ++i) {
                data[i] = static_cast<std::uint8_t>(i * 7);
                expected[i] = static_cast<std::uint8_t>(data[i] ^ key[(offset + i) & 3]);
            }
            applyMask(data, key, offset);
            ASSERT_EQ(data, expected) << offset << " " << size;
        }
}
