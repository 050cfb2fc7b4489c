#include "service/security/mediatoken.hpp"

#include "service/security/hmac.hpp"

#include <charconv>
#include <optional>

namespace lm::security {
namespace {

constexpr std::string_view version = "v1";
constexpr std::size_t maxExpiresDigits = 12;
constexpr std::size_t macLength = 43;

bool isUnreserved(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void appendEncoded(std::string& out, std::string_view text, bool slashes = false) {
    constexpr char digits[] = "0123456789ABCDEF";
    for (const char c : text) {
        if (isUnreserved(c) || (slashes && c == '/')) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
}

struct Parts {
    std::string_view expires;
    std::int64_t expiresAt;
    std::string_view mac;
};

std::optional<Parts> split(std::string_view token) {
    if (!token.starts_with(version) || token.size() < version.size() + 1 + macLength) return std::nullopt;
    token.remove_prefix(version.size());
    if (token.front() != '.') return std::nullopt;
    token.remove_prefix(1);
    const std::size_t dot = token.find('.');
    if (dot == std::string_view::npos || dot == 0 || dot > maxExpiresDigits) return std::nullopt;
    Parts parts{token.substr(0, dot), 0, token.substr(dot + 1)};
    const char* end = parts.expires.data() + dot;
    const auto [stopped, error] = std::from_chars(parts.expires.data(), end, parts.expiresAt);
    if (error != std::errc() || stopped != end || parts.expires.front() == '-') return std::nullopt;
    if (parts.mac.size() != macLength) return std::nullopt;
    for (const char c : parts.mac)
        if (!isUnreserved(c) || c == '.' || c == '~') return std::nullopt;
    return parts;
}

} // namespace

std::string canonicalMediaUrl(std::string_view path, const domain::EgressParameters& parameters,
                              std::string_view expires) {
    std::string text(version);
    text.append("\n").append(expires).append("\n");
    appendEncoded(text, path, true);
    for (const auto& [name, value] : parameters) {
        if (name == domain::tokenParameter || value.empty()) continue;
        text.append("\n").append(name).append("=");
        appendEncoded(text, value);
    }
    return text;
}

std::string signMediaUrl(std::string_view secret, std::string_view path,
                         const domain::EgressParameters& parameters, std::int64_t expires) {
    const std::string until = std::to_string(expires);
    return std::string(version) + '.' + until + '.' +
           hmacSha256(secret, canonicalMediaUrl(path, parameters, until));
}

MediaTokens::Verdict MediaTokens::check(std::string_view path, const domain::EgressParameters& parameters,
                                        std::chrono::seconds now) const {
    const auto token = parameters.find(domain::tokenParameter);
    if (token == parameters.end()) return Verdict::Missing;
    const auto parts = split(token->second);
    if (!parts) return Verdict::Malformed;
    const std::string text = canonicalMediaUrl(path, parameters, parts->expires);
    bool fits = false;
    for (const std::string& secret : secrets_)
        fits |= sameText(hmacSha256(secret, text), parts->mac);
    if (!fits) return Verdict::Mismatch;
    return now.count() <= parts->expiresAt + leeway.count() ? Verdict::Valid : Verdict::Expired;
}

} // namespace lm::security
