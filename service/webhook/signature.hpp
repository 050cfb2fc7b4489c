#pragma once

#include "service/jwt/jwt.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace lm::webhook {

/// Whether a webhook was sent by who holds the secret of an API key: `Authorization` is a JSON Web Token,
/// bare, without `Bearer`, whose claim `iss` is the key and `sha256` the standard base64 of the SHA-256 of
/// the body as it came (livekit/protocol, webhook/verifier.go).
class Signature {
public:
    enum class Verdict {
        Valid,
        Unsigned,
        Malformed,
        Mismatch, // another key or secret, or another body: nobody can tell which
        Expired,  // or not valid yet
    };

    /// Empty: nothing is valid.
    Signature(std::string key, std::string secret) : key_(std::move(key)), secret_(std::move(secret)) {}

    /// `now`: Unix time.
    Verdict check(std::string_view authorization, std::string_view body, std::chrono::seconds now) const;

private:
    const std::string key_;
    const std::string secret_; // never logged, printed or answered
};

} // namespace lm::webhook
