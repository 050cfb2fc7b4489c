#pragma once

#include "plugins/common/result.hpp"

#include <string>
#include <variant>
#include <vector>

namespace lm::store {

/// A file.
struct SqliteAddress {
    std::string path;
};

/// A server, as libpq is told.
struct PostgresAddress {
    std::string uri;    // holds the password
    std::string schema; // tables are in this one; empty: where the server puts them
    std::string place;  // host, port and database: what may be shown
};

/// Where DATABASE_URL leads. `notes` say, for the log, what of it has no effect.
struct Address {
    std::variant<SqliteAddress, PostgresAddress> target;
    std::vector<std::string> notes;
};

/// Reads `sqlite:PATH`, `file:PATH`, `postgresql://…` and `postgres://…`. Prisma's parameters are understood:
/// `schema` has its effect, those of its own connection pool are noted, any other that libpq does not know is
/// an error. Errors repeat nothing of the URL but names of parameters.
Result<Address> parseAddress(const std::string& url);

/// The file, empty for a server.
std::string fileOf(const Address& address);

/// What the address is called in logs: without user and password.
std::string placeOf(const Address& address);

} // namespace lm::store
