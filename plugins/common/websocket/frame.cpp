#include "plugins/common/websocket/frame.hpp"

#include "plugins/common/vectorised.hpp"
#include "plugins/common/websocket/utf8.hpp"

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

LM_VECTORISED void applyMask(std::span<std::uint8_t> data, const std::uint8_t key[4], std::uint64_t offset) {
    // The key turned to where this piece starts and repeated to the width of a vector register.
    constexpr std::size_t width = 32;
    std::uint8_t turned[width];
    for (std::size_t i = 0; i < width; ++i)
        turned[i] = key[(offset + i) & 3];
    std::uint8_t* bytes = data.data();
    std::size_t left = data.size();
    for (; left >= width; left -= width, bytes += width)
        for (std::size_t i = 0; i < width; ++i)
            bytes[i] = static_cast<std::uint8_t>(bytes[i] ^ turned[i]);
    for (std::size_t i = 0; i < left; ++i)
        bytes[i] = static_cast<std::uint8_t>(bytes[i] ^ turned[i]);
}

} // namespace lm::ws
