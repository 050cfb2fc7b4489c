#include "service/domain/utf8.hpp"

#include <algorithm>
#include <iterator>

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

struct Range {
    char32_t first, last;
};

/// Controls (Cc), separators (Zl, Zp), and of the format characters (Cf) and the default-ignorable ones
/// (Unicode 15, DerivedCoreProperties) those that leave no mark or turn the direction of what follows.
/// Variation selectors stay: emoji have them, and they change a glyph, not an order.
constexpr Range unprintable[] = {
    {0x0000, 0x001F},   {0x007F, 0x009F},   {0x00AD, 0x00AD},   {0x034F, 0x034F},   {0x061C, 0x061C},
    {0x115F, 0x1160},   {0x17B4, 0x17B5},   {0x180E, 0x180E},   {0x200B, 0x200F},   {0x2028, 0x202E},
    {0x2060, 0x206F},   {0x3164, 0x3164},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFB},
    {0x13430, 0x1343F}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
};

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
    return std::any_of(std::begin(unprintable), std::end(unprintable),
                       [c](const Range& range) { return c >= range.first && c <= range.last; });
}

std::string printable(std::string_view text) {
    std::string shown;
    while (!text.empty()) {
        const CodePoint point = readCodePoint(text);
        if (point.valid && !isUnprintable(point.value))
            shown += text.substr(0, point.bytes);
        else
            shown += '?';
        text.remove_prefix(point.bytes);
    }
    return shown;
}

} // namespace lm::domain
