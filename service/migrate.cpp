#include "service/migrate.hpp"

#include "service/daemon/directories.hpp"
#include "service/store/engine/open.hpp"
#include "service/store/migrations.hpp"

#include <filesystem>

namespace lm {
namespace {

using Migrations = store::Outcome<std::vector<store::Migration>>;

/// Somebody waits for this, and another replica may be at it.
constexpr store::Limits patient{std::chrono::seconds(10), std::chrono::minutes(5)};

Migrations look(const store::Address& address, const store::Interrupt& never) {
    const auto& all = store::shippedMigrations();
    const auto* file = std::get_if<store::SqliteAddress>(&address.target);
    if (file && !std::filesystem::exists(file->path)) return all;
    auto connection = store::connect(address, patient, never, store::Access::ReadOnly);
    if (!connection) return connection.failure();
    return store::pendingMigrations(**connection, all);
}

Migrations apply(const store::Address& address, const store::Interrupt& never) {
    auto connection = store::connect(address, patient, never);
    if (!connection) return connection.failure();
    return store::migrate(**connection, store::shippedMigrations(), std::chrono::system_clock::now());
}

} // namespace

Result<std::string> migrateDatabase(const std::string& url, bool dryRun) {
    const auto address = store::parseAddress(url);
    if (!address) return address.error();
    if (auto error = dryRun ? std::nullopt : daemon::prepareDatabaseDirectory(store::fileOf(*address)))
        return *error;
    const store::Interrupt never;
    const auto migrations = dryRun ? look(*address, never) : apply(*address, never);
    if (!migrations) return Error{"DATABASE_URL: " + migrations.failure().message};
    std::string report;
    for (const store::Migration& migration : *migrations)
        report += (dryRun ? "would apply " : "applied ") + std::string(migration.name) + "\n";
    return report.empty() ? store::placeOf(*address) + " is up to date\n" : report;
}

} // namespace lm
