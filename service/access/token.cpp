#include "service/access/token.hpp"

#include "service/json/object.hpp"
#include "service/jwt/jwt.hpp"

#include <array>

namespace lm::access {
namespace {

constexpr char audience[] = "live-meeting";
constexpr std::array roles{Role::Viewer, Role::Operator, Role::Admin};

/// `aud` is a string or a list of them (RFC 7519, 4.1.3).
bool isForUs(JsonNode* claims) {
    JsonNode* aud = json::member(claims, "aud");
    if (!aud || !JSON_NODE_HOLDS_ARRAY(aud)) return json::stringMember(claims, "aud") == audience;
    JsonArray* all = json_node_get_array(aud);
    for (guint i = 0; i < json_array_get_length(all); ++i) {
        JsonNode* one = json_array_get_element(all, i);
        if (json_node_get_value_type(one) == G_TYPE_STRING &&
            std::string_view(json_node_get_string(one)) == audience)
            return true;
    }
    return false;
}

std::variant<Caller, std::string> callerOf(JsonNode* claims) {
    if (!isForUs(claims))
        return "The token is for something else: aud must be live-meeting. tools/token makes one.";
    const auto role = roleFromName(json::stringMember(claims, "role"));
    if (!role) return "The token names no role: viewer, operator or admin.";
    return Caller{json::stringMember(claims, "sub"), *role};
}

} // namespace

const char* roleName(Role role) {
    switch (role) {
    case Role::Viewer:
        return "viewer";
    case Role::Operator:
        return "operator";
    case Role::Admin:
        return "admin";
    }
    return "";
}

std::optional<Role> roleFromName(std::string_view name) {
    for (const Role role : roles)
        if (name == roleName(role)) return role;
    return std::nullopt;
}

Result<std::string> makeToken(const std::string& secret, const Caller& caller, std::int64_t now,
                              std::int64_t expires) {
    json::Object claims;
    claims.text("aud", audience).text("role", roleName(caller.role));
    if (!caller.subject.empty()) claims.text("sub", caller.subject);
    claims.count("iat", static_cast<std::uint64_t>(now)).count("exp", static_cast<std::uint64_t>(expires));
    return jwt::sign(claims.str(), secret);
}

std::variant<Caller, std::string> readToken(std::string_view token, const std::vector<std::string>& secrets,
                                            std::chrono::seconds now) {
    jwt::Fault fault = jwt::Fault::Signature;
    for (const std::string& secret : secrets) {
        const auto verdict = jwt::verify(token, secret, now);
        if (const auto* claims = std::get_if<json::Node>(&verdict)) return callerOf(claims->get());
        fault = std::get<jwt::Fault>(verdict);
        if (fault != jwt::Fault::Signature) break; // no other secret makes it better
    }
    return jwt::reason(fault);
}

} // namespace lm::access
