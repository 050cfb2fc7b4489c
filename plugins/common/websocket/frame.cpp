#include "plugins/common/websocket/frame.hpp"

#include "plugins/common/websocket/utf8.hpp"

#include <cstring>

namespace lm::ws {

bool isWireCloseCode(std::uint16_t code) {
    if (code >= 3000) return code < 5000;
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
}

std::string encodeFrame(Opcode opcode, std::string_view payload) {
    std::string frame;
    frame.reserve(payload.size() + 10);
    frame.push_back(static_cast<char>(0x80 | static_cast<unsigned>(opcode)));
    const std::uint64_t length = payload.size();
    if (length <= 125) {
        frame.push_back(static_cast<char>(length));
    } else {
        const int bytes = length <= 0xFFFF ? 2 : 8;
        frame.push_back(static_cast<char>(bytes == 2 ? 126 : 127));
        for (int i = bytes - 1; i >= 0; --i)
            frame.push_back(static_cast<char>(length >> (8 * i) & 0xFF));
    }
    return frame.append(payload);
}

std::string encodeClose(std::uint16_t code, std::string_view reason) {
    if (code == closecode::NoStatus) return encodeFrame(Opcode::Close, {});
    std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
    payload += cutUtf8(reason, maxControlPayload - payload.size());
    return encodeFrame(Opcode::Close, payload);
}

void applyMask(std::span<std::uint8_t> data, const std::uint8_t key[4], std::uint64_t offset) {
    // The key turned to where this piece starts, twice, so that the compiler can work on whole vectors.
    std::uint8_t turned[8];
    for (unsigned i = 0; i < 8; ++i)
        turned[i] = key[(offset + i) & 3];
    std::uint64_t wide;
    std::memcpy(&wide, turned, sizeof wide);
    std::size_t i = 0;
    for (; i + 8 <= data.size(); i += 8) {
        std::uint64_t word;
        std::memcpy(&word, data.data() + i, 8);
        word ^= wide;
        std::memcpy(data.data() + i, &word, 8);
    }
    for (; i < data.size(); ++i)
        data[i] = static_cast<std::uint8_t>(data[i] ^ turned[i & 7]);
}

} // namespace lm::ws
