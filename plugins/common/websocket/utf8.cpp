#include "plugins/common/websocket/utf8.hpp"

namespace lm::ws {

bool Utf8Checker::feed(std::string_view piece) {
    for (const char c : piece) {
        if (!ok_) break;
        ok_ = step(static_cast<std::uint8_t>(c));
    }
    return ok_;
}

bool Utf8Checker::step(std::uint8_t byte) {
    if (pending_ > 0) {
        if (byte < low_ || byte > high_) return false;
        low_ = 0x80;
        high_ = 0xBF;
        --pending_;
        return true;
    }
    if (byte < 0x80) return true;
    if (byte < 0xC2 || byte > 0xF4) return false; // continuation, overlong two-byte form, above U+10FFFF
    pending_ = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
    if (byte == 0xE0) low_ = 0xA0;  // overlong
    if (byte == 0xED) high_ = 0x9F; // surrogates
    if (byte == 0xF0) low_ = 0x90;  // overlong
    if (byte == 0xF4) high_ = 0x8F; // above U+10FFFF
    return true;
}

std::string_view cutUtf8(std::string_view text, std::size_t limit) {
    if (text.size() <= limit) return text;
    while (limit > 0 && (static_cast<std::uint8_t>(text[limit]) & 0xC0) == 0x80)
        --limit;
    return text.substr(0, limit);
}

} // namespace lm::ws
