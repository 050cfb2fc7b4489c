#include "service/jwt/jwt.hpp"

#include <jwt.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>

namespace lm::jwt {
namespace {

struct Release {
    void operator()(jwt_t* token) const { jwt_free(token); }
    void operator()(char* text) const { std::free(text); }
};
using Token = std::unique_ptr<jwt_t, Release>;
using Text = std::unique_ptr<char, Release>;

const unsigned char* bytes(const std::string& secret) {
    return reinterpret_cast<const unsigned char*>(secret.data());
}

bool isBase64Url(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/// Three parts in base64url, none of them empty.
bool isCompact(std::string_view token) {
    for (int part = 0; part < 3; ++part) {
        const std::size_t end = part < 2 ? token.find('.') : token.size();
        if (end == std::string_view::npos || end == 0 || end % 4 == 1) return false;
        if (!std::all_of(token.begin(), token.begin() + static_cast<std::ptrdiff_t>(end), isBase64Url))
            return false;
        token.remove_prefix(std::min(end + 1, token.size()));
    }
    return true;
}

std::string decoded(std::string_view part) {
    std::string padded(part);
    for (char& c : padded)
        c = c == '-' ? '+' : c == '_' ? '/' : c;
    padded.append((4 - padded.size() % 4) % 4, '=');
    gsize size = 0;
    guchar* data = g_base64_decode(padded.c_str(), &size);
    std::string text(reinterpret_cast<const char*>(data), size);
    g_free(data);
    return text;
}

/// What the header says, read before the library may act on it. A header that must be understood (`crit`)
/// is not.
std::optional<Fault> headerFault(std::string_view token) {
    const auto header = json::parse(decoded(token.substr(0, token.find('.'))), "header");
    if (!header || !JSON_NODE_HOLDS_OBJECT(header->get())) return Fault::Malformed;
    if (json::stringMember(header->get(), "alg") != "HS256" || json::member(header->get(), "crit"))
        return Fault::Algorithm;
    return std::nullopt;
}

/// Seconds (NumericDate, RFC 7519, 2); nullopt when it is none.
std::optional<double> timeOf(JsonNode* claim) {
    if (!claim || !JSON_NODE_HOLDS_VALUE(claim)) return std::nullopt;
    const GType type = json_node_get_value_type(claim);
    if (type != G_TYPE_INT64 && type != G_TYPE_DOUBLE) return std::nullopt;
    return json_node_get_double(claim);
}

std::optional<Fault> timeFault(JsonNode* claims, std::chrono::seconds now, const Rules& rules) {
    const auto leeway = static_cast<double>(rules.leeway.count());
    const auto time = static_cast<double>(now.count());
    const auto expires = timeOf(json::member(claims, "exp"));
    JsonNode* from = json::member(claims, "nbf");
    if (!expires || (from && !timeOf(from))) return Fault::Malformed;
    if (from && *timeOf(from) > time + leeway) return Fault::Early;
    if (!(*expires > time - leeway)) return Fault::Expired;
    return std::nullopt;
}

} // namespace

Result<std::string> sign(const std::string& claims, const std::string& secret) {
    if (secret.empty()) return Error{"A token cannot be signed without a secret."};
    const auto parsed = json::parse(claims, "claims");
    if (!parsed || !JSON_NODE_HOLDS_OBJECT(parsed->get()))
        return Error{"The claims of a token must be a JSON object."};
    jwt_t* raw = nullptr;
    if (jwt_new(&raw) != 0) return Error{"No memory for a token."};
    const Token token(raw);
    const bool made =
        jwt_add_grants_json(token.get(), claims.c_str()) == 0 &&
        jwt_set_alg(token.get(), JWT_ALG_HS256, bytes(secret), static_cast<int>(secret.size())) == 0;
    const Text text(made ? jwt_encode_str(token.get()) : nullptr);
    if (!text) return Error{"The claims of a token could not be signed."};
    return std::string(text.get());
}

const char* reason(Fault fault) {
    switch (fault) {
    case Fault::Malformed:
        return "The token is no JSON Web Token with an end (exp).";
    case Fault::Algorithm:
        return "The token is not signed with HS256.";
    case Fault::Signature:
        return "The token was signed with another secret.";
    case Fault::Early:
        return "The token is not valid yet: compare the clocks.";
    case Fault::Expired:
        return "The token has expired.";
    }
    return "The token is not valid.";
}

Verdict verify(std::string_view token, const std::string& secret, std::chrono::seconds now,
               const Rules& rules) {
    if (token.size() > rules.longest || !isCompact(token)) return Fault::Malformed;
    if (const auto fault = headerFault(token)) return *fault;
    if (secret.empty()) return Fault::Signature; // the library would take it for a token without any
    jwt_t* raw = nullptr;
    const int failed =
        jwt_decode(&raw, std::string(token).c_str(), bytes(secret), static_cast<int>(secret.size()));
    const Token decodedToken(raw);
    if (failed) return Fault::Signature;
    if (jwt_get_alg(decodedToken.get()) != JWT_ALG_HS256) return Fault::Algorithm;
    const Text text(jwt_get_grants_json(decodedToken.get(), nullptr));
    const auto claims = text ? json::parse(text.get(), "claims") : Result<json::Node>(Error{""});
    if (!claims || !JSON_NODE_HOLDS_OBJECT(claims->get())) return Fault::Malformed;
    if (const auto fault = timeFault(claims->get(), now, rules)) return *fault;
    return *claims;
}

} // namespace lm::jwt
