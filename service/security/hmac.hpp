#pragma once

#include <string>
#include <string_view>

namespace lm::security {

/// HMAC-SHA256 (RFC 2104) as unpadded base64url (RFC 4648, 5): 43 characters.
std::string hmacSha256(std::string_view key, std::string_view text);

/// Compares in a time that depends on the lengths alone.
bool sameText(std::string_view a, std::string_view b);

} // namespace lm::security
