#pragma once

#include <string>
#include <string_view>

namespace lm::engineio {

/// Standard base64 with padding (RFC 4648, 4).
std::string encodeBase64(std::string_view bytes);

/// Reads both alphabets, with or without padding, and leaves out what is in neither: the reference decodes as
/// forgivingly. Stops at the first `=`.
std::string decodeBase64(std::string_view text);

} // namespace lm::engineio
