#include "service/store/users.hpp"

#include "service/store/identifier.hpp"
#include "service/store/listing.hpp"

namespace lm::store {
namespace {

#define USER_COLUMNS "id, email, name, created_at, updated_at"

User readUser(const Row& row) {
    return {textOf(row[0]), textOf(row[1]), textOf(row[2]), fromUnixMs(integerOf(row[3])),
            fromUnixMs(integerOf(row[4]))};
}

} // namespace

Outcome<User> createUser(Connection& connection, const std::string& email, const std::string& name,
                         domain::UtcTime now) {
    const auto rows = connection.run("INSERT INTO users (id, email, name, created_at, updated_at) "
                                     "VALUES ($1, $2, $3, $4, $4) RETURNING " USER_COLUMNS,
                                     {newId(), email, name, now});
    if (!rows) return rows.failure();
    return readUser(rows->at(0));
}

Outcome<std::optional<User>> changeUser(Connection& connection, const std::string& id,
                                        const UserChange& change, domain::UtcTime now) {
    return firstOf(connection.run("UPDATE users SET email = coalesce(CAST($2 AS TEXT), email), "
                                  "name = coalesce(CAST($3 AS TEXT), name), updated_at = $4 WHERE id = $1 "
                                  "RETURNING " USER_COLUMNS,
                                  {id, change.email, change.name, now}),
                   readUser);
}

Outcome<bool> deleteUser(Connection& connection, const std::string& id) {
    const auto rows = connection.run("DELETE FROM users WHERE id = $1 RETURNING id", {id});
    if (!rows) return rows.failure();
    return !rows->empty();
}

Outcome<std::optional<User>> findUser(Connection& connection, const std::string& id) {
    return firstOf(connection.run("SELECT " USER_COLUMNS " FROM users WHERE id = $1", {id}), readUser);
}

Outcome<Page<User>> listUsers(Connection& connection, const PageRequest& request) {
    const auto rows = connection.run("SELECT " USER_COLUMNS " FROM users "
                                     "WHERE CAST($1 AS BIGINT) IS NULL OR (created_at, id) < ($1, $2) "
                                     "ORDER BY created_at DESC, id DESC LIMIT $3",
                                     listingValues({}, request));
    if (!rows) return rows.failure();
    return pageOf(*rows, request, readUser);
}

} // namespace lm::store
