#pragma once

/// JSON Web Tokens (RFC 7519) as compact JWS with HS256, the one algorithm there is here: LiveKit's webhooks
/// and access tokens, and the bearer tokens of the API. No secret is in an answer of these functions.

#include "service/json/json.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

namespace lm::jwt {

/// A token with these claims: a JSON object as text. An error when they are none, or when the secret is
/// empty.
Result<std::string> sign(const std::string& claims, const std::string& secret);

/// Why a token admits nobody.
enum class Fault {
    Malformed, // no compact JWS of a JSON object with a time in `exp`; or too long
    Algorithm, // not HS256: nothing else is even tried
    Signature, // another secret, or changed since
    Early,     // `nbf` is to come
    Expired,
};
/// For people.
const char* reason(Fault fault);

struct Rules {
    std::chrono::seconds leeway{60}; // between the clocks of signer and service
    std::size_t longest = 8192;      // bytes of a token
};

/// The claims, a JSON object, when the token was signed with this secret and is valid `now` (Unix time);
/// `exp` must be there. What the claims say besides time is the caller's business.
using Verdict = std::variant<json::Node, Fault>;
Verdict verify(std::string_view token, const std::string& secret, std::chrono::seconds now,
               const Rules& rules = {});

} // namespace lm::jwt
