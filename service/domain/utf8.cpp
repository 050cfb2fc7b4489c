#include "service/domain/utf8.hpp"

namespace lm::domain {
namespace {

struct Lead {
    std::size_t length;
    char32_t bits;
    char32_t least; // smaller values of this length are overlong
};

Lead readLead(unsigned char c) {
    if (c < 0x80) return {1, c, 0};
    if ((c & 0xE0) == 0xC0) return {2, c & 0x1Fu, 0x80};
    if ((c & 0xF0) == 0xE0) return {3, c & 0x0Fu, 0x800};
    if ((c & 0xF8) == 0xF0) return {4, c & 0x07u, 0x10000};
    return {0, 0, 0};
}

} // namespace

CodePoint readCodePoint(std::string_view text) {
    if (text.empty()) return {};
    const CodePoint broken{static_cast<unsigned char>(text[0]), 1, false};
    const Lead lead = readLead(static_cast<unsigned char>(text[0]));
    if (lead.length == 0 || lead.length > text.size()) return broken;
    char32_t value = lead.bits;
    for (std::size_t i = 1; i < lead.length; ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if ((c & 0xC0) != 0x80) return broken;
        value = (value << 6) | (c & 0x3Fu);
    }
    const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (value < lead.least || value > 0x10FFFF || surrogate) return broken;
    return {value, lead.length, true};
}

bool isUtf8(std::string_view text) {
    while (!text.empty()) {
        const CodePoint point = readCodePoint(text);
        if (!point.valid) return false;
        text.remove_prefix(point.bytes);
    }
    return true;
}

bool isUnprintable(char32_t c) {
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x200B && c <= 0x200F) ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
}

} // namespace lm::domain
