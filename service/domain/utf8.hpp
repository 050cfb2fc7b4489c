#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lm::domain {

/// One code point read from the front of `text`, and the bytes it took. `bytes` is 0 at the end; text that is
/// not UTF-8 (overlong forms, surrogates, values over U+10FFFF, cut sequences) reads as one byte that is not
/// `valid`.
struct CodePoint {
    char32_t value = 0;
    std::size_t bytes = 0;
    bool valid = false;
};
CodePoint readCodePoint(std::string_view text);

bool isUtf8(std::string_view text);

/// Characters that must not reach a terminal, a log line or a file name as they are: C0 and C1 controls, DEL,
/// line and paragraph separators, direction marks, overrides and isolates, zero-width and invisible
/// characters, tags and the byte order mark.
bool isUnprintable(char32_t value);

/// The text with a question mark for every such character, and for what is not UTF-8.
std::string printable(std::string_view text);

} // namespace lm::domain
