#pragma once

#include "plugins/common/result.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace lm::access {

/// What somebody may do: each role what those before it may, too.
enum class Role {
    Viewer,   // reads
    Operator, // starts and stops recordings and the like
    Admin,    // manages users
};
/// `viewer`, `operator`, `admin`.
const char* roleName(Role role);
std::optional<Role> roleFromName(std::string_view name);

/// Who a token is of.
struct Caller {
    std::string subject; // may be empty
    Role role = Role::Viewer;
};

/// A bearer token: a JSON Web Token, HS256, with the claims `aud` (`live-meeting`), `role`, `exp` and perhaps
/// `sub` and `nbf`. `now` and `expires`: Unix seconds.
Result<std::string> makeToken(const std::string& secret, const Caller& caller, std::int64_t now,
                              std::int64_t expires);

/// The holder of a token that one of `secrets` signed, or why it admits nobody, for people.
std::variant<Caller, std::string> readToken(std::string_view token, const std::vector<std::string>& secrets,
                                            std::chrono::seconds now);

} // namespace lm::access
