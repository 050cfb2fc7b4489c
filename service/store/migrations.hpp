#pragma once

#include "service/store/engine/connection.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lm::store {

/// One step from a version of the tables to the next. Never changed once it has been released.
struct Migration {
    std::uint32_t version = 0; // from 1, without a hole
    std::string_view name;     // of its file
    std::string_view sql;      // without BEGIN and COMMIT; both engines run it
};

/// Those of this program, `schemas/sql/NNNN-….sql`, in order. A file with another number than its place is a
/// mistake in the program and throws.
const std::vector<Migration>& shippedMigrations();

/// What is not yet applied. `Unfit` when the database has a version that is not among `migrations` (it was
/// made by a newer program), or one that was another when it was applied. Changes nothing.
Outcome<std::vector<Migration>> pendingMigrations(Connection& connection,
                                                  std::span<const Migration> migrations);

/// Applies what is not yet applied, all or nothing, and returns it. Replicas that start together wait for
/// each other, and the later ones find nothing left to do.
Outcome<std::vector<Migration>> migrate(Connection& connection, std::span<const Migration> migrations,
                                        domain::UtcTime now);

} // namespace lm::store
