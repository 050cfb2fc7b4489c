#pragma once

#include "service/store/engine/connection.hpp"
#include "service/store/page.hpp"

#include <optional>
#include <string>

namespace lm::store {

struct User {
    std::string id;
    std::string email; // unique, byte for byte: whoever takes it from people normalises it
    std::string name;
    domain::UtcTime createdAt;
    domain::UtcTime updatedAt;
};

/// What of a user is changed; nullopt stays.
struct UserChange {
    std::optional<std::string> email;
    std::optional<std::string> name;
};

/// Conflict when another user has the address.
Outcome<User> createUser(Connection& connection, const std::string& email, const std::string& name,
                         domain::UtcTime now);
/// nullopt: there is no such user. Conflict as above.
Outcome<std::optional<User>> changeUser(Connection& connection, const std::string& id,
                                        const UserChange& change, domain::UtcTime now);
/// False: there was no such user.
Outcome<bool> deleteUser(Connection& connection, const std::string& id);
Outcome<std::optional<User>> findUser(Connection& connection, const std::string& id);
/// Newest first.
Outcome<Page<User>> listUsers(Connection& connection, const PageRequest& request);

} // namespace lm::store
