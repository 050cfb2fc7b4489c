#pragma once

#include <cstdint>
#include <string_view>

namespace lm::ws {

/// Checks UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF) piece by piece, so that
/// a bad message fails at its first bad byte and not at its end.
class Utf8Checker {
public:
    /// False from the first bad byte on.
    bool feed(std::string_view piece);
    /// True when what was fed does not stop inside a character.
    bool complete() const { return ok_ && pending_ == 0; }
    void reset() { *this = Utf8Checker(); }

private:
    bool step(std::uint8_t byte);

    bool ok_ = true;
    int pending_ = 0;         // continuation bytes still to come
    std::uint8_t low_ = 0x80; // bounds of the next one
    std::uint8_t high_ = 0xBF;
};

/// The longest prefix of at most `limit` bytes that does not end inside a character.
std::string_view cutUtf8(std::string_view text, std::size_t limit);

} // namespace lm::ws
