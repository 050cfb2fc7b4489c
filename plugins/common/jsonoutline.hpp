#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace lm {

/// Where a text is nothing that json-glib may see, and why (for people).
struct JsonMisfit {
    std::size_t at;
    std::string message;
};

/// What has to be refused before json-glib 1.6 reads a text, because it would be harmed by it or would call
/// it JSON (RFC 8259): nesting beyond `maxDepth`, which it follows on the stack; comments, which it skips and
/// in which a quotation mark would hide nesting; and a second value behind the first, which it takes in place
/// of the first, whose memory is then lost. Everything else is left to it. Standard library only.
std::optional<JsonMisfit> jsonMisfit(std::string_view text, int maxDepth);

} // namespace lm
