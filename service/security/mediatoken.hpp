#pragma once

#include "service/domain/egressquery.hpp"
#include "service/domain/utc.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace lm::security {

/// The token of a media URL, its query parameter `token`: `v1.EXPIRES.MAC`.
///   EXPIRES  Unix time in seconds, decimal: after it, and the leeway, the token admits nobody;
///   MAC      HMAC-SHA256 of the canonical string, base64url without padding.
/// The canonical string: lines joined by a single line feed, none at the end:
///   v1
///   EXPIRES
///   the path, as the service sees it: percent-decoded, then encoded as below but for `/`
///   NAME=VALUE for every parameter of the URL that the service knows, `token` excepted, in the order of
///   their bytes: full names (`roomName`, not `room`), values decoded and then encoded, empty ones left out.
/// Encoded: every byte but A-Z a-z 0-9 - . _ ~ as %XX with upper-case digits (RFC 3986, 2.3). So everything
/// that decides where the audio goes and how it is understood is bound; parameters that the service ignores
/// are not.
std::string canonicalMediaUrl(std::string_view path, const domain::EgressParameters& parameters,
                              std::string_view expires);

/// The token that admits to this URL until `expires` (Unix seconds).
std::string signMediaUrl(std::string_view secret, std::string_view path,
                         const domain::EgressParameters& parameters, std::int64_t expires);

/// Admits holders of a token. A token is not used up: it admits until it expires, because an orchestrator
/// that starts an egress again uses the same URL. What it admits is a new recording; none can be replaced.
class MediaTokens {
public:
    enum class Verdict {
        Valid,
        Missing,
        Malformed,
        Mismatch, // made for another URL or with another secret: nobody can tell which
        Expired,
    };
    /// Of the clocks of signer and service.
    static constexpr std::chrono::seconds leeway{30};

    /// Every one of `secrets` admits, so that they can be changed without an interruption.
    explicit MediaTokens(std::vector<std::string> secrets) : secrets_(std::move(secrets)) {}

    /// In a time that does not depend on how wrong the token is. `now`: Unix time.
    Verdict check(std::string_view path, const domain::EgressParameters& parameters,
                  std::chrono::seconds now) const;

private:
    std::vector<std::string> secrets_; // never logged, printed or answered
};

} // namespace lm::security
