#pragma once

/// JSON as text. What clients say to each other is passed on byte by byte, so that no number, no escape and
/// no key is changed on its way; only its outline is read. Standard library only.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lm::socketio {

/// Brackets that may be open at once.
inline constexpr std::size_t maxJsonDepth = 128;

/// True for one JSON value (RFC 8259) and nothing else, but white space around it. The text is taken to be
/// UTF-8. Any number of digits and any escape is let pass.
bool isJson(std::string_view text);

/// The elements of a JSON array, without the white space around them; nullopt when the text is none.
std::optional<std::vector<std::string_view>> splitArray(std::string_view text);

/// A member of an object as it stands, the name in its quotes.
struct Member {
    std::string_view name, value;
};
std::optional<std::vector<Member>> splitObject(std::string_view text);

/// The value of a member of a JSON object, the last of that name; nullopt when there is none, or no object.
/// The name must not need escapes.
std::optional<std::string_view> memberOf(std::string_view object, std::string_view name);

/// What a JSON string stands for, in UTF-8; nullopt when the text is no JSON string. Half a pair of
/// surrogates becomes U+FFFD.
std::optional<std::string> unquote(std::string_view json);

/// A JSON string. Bytes that are no UTF-8 must not be in `text`.
std::string quote(std::string_view text);

/// True when every placeholder of an attachment (`{"_placeholder":true,"num":N}`) in a JSON text points to
/// one of `attachments`, and there are not too many of them.
bool checkPlaceholders(std::string_view json, std::size_t attachments);

} // namespace lm::socketio
