#include "service/engineio/base64.hpp"

#include <array>
#include <cstdint>

namespace lm::engineio {
namespace {

constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::int8_t none = -1;

constexpr std::array<std::int8_t, 256> values = [] {
    std::array<std::int8_t, 256> table{};
    table.fill(none);
    for (std::int8_t i = 0; i < 64; ++i)
        table[static_cast<std::uint8_t>(alphabet[i])] = i;
    table['-'] = 62;
    table['_'] = 63;
    return table;
}();

char digit(std::uint32_t bits, int shift) {
    return alphabet[bits >> shift & 63];
}

} // namespace

std::string encodeBase64(std::string_view bytes) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    const auto at = [&](std::size_t i) {
        return i < bytes.size() ? static_cast<std::uint32_t>(static_cast<std::uint8_t>(bytes[i])) : 0U;
    };
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::uint32_t bits = at(i) << 16 | at(i + 1) << 8 | at(i + 2);
        text += digit(bits, 18);
        text += digit(bits, 12);
        text += i + 1 < bytes.size() ? digit(bits, 6) : '=';
        text += i + 2 < bytes.size() ? digit(bits, 0) : '=';
    }
    return text;
}

std::string decodeBase64(std::string_view text) {
    std::string bytes;
    bytes.reserve(text.size() / 4 * 3 + 2);
    std::uint32_t bits = 0;
    int held = 0; // bits of it that are not written yet
    for (const char c : text.substr(0, text.find('='))) {
        const std::int8_t value = values[static_cast<std::uint8_t>(c)];
        if (value == none) continue;
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        held += 6;
        if (held < 8) continue;
        held -= 8;
        bytes += static_cast<char>(bits >> held & 0xFF);
    }
    return bytes;
}

} // namespace lm::engineio
