#include "service/store/migrations.hpp"

#include "plugins/common/handles.hpp"
#include "service/json/embedded.hpp"

#include <charconv>
#include <stdexcept>

namespace lm::store {
namespace {

constexpr char table[] = "schema_migrations";

std::string checksum(std::string_view sql) {
    const Owned<char> sum(g_compute_checksum_for_data(
        G_CHECKSUM_SHA256, reinterpret_cast<const guchar*>(sql.data()), sql.size()));
    return sum.get();
}

std::vector<Migration> readShipped() {
    std::vector<Migration> all;
    for (const json::EmbeddedFile& file : json::embeddedMigrations()) {
        std::uint32_t version = 0;
        std::from_chars(file.name.data(), file.name.data() + file.name.size(), version);
        if (version != all.size() + 1)
            throw std::logic_error("migration out of place: " + std::string(file.name));
        all.push_back({version, file.name, file.text});
    }
    return all;
}

/// What is wrong with an applied version.
std::optional<Failure> judge(const Row& applied, std::span<const Migration> migrations) {
    const auto version = static_cast<std::uint64_t>(integerOf(applied.at(0)));
    const auto unfit = [](const std::string& message) { return Failure{Failure::Kind::Unfit, message}; };
    if (version == 0 || version > migrations.size())
        return unfit("the database has version " + std::to_string(version) + " (" + textOf(applied.at(1)) +
                     "), this program knows versions up to " + std::to_string(migrations.size()) +
                     ": it belongs to a newer live-meetingd; run that one");
    const Migration& migration = migrations[version - 1];
    if (textOf(applied.at(2)) == checksum(migration.sql)) return std::nullopt;
    return unfit("the migration " + std::string(migration.name) +
                 " is not the one that was applied to the database: it belongs to another build of "
                 "live-meetingd");
}

Outcome<Done> apply(Connection& connection, const Migration& migration, domain::UtcTime now) {
    if (auto applied = connection.script(std::string(migration.sql)); !applied)
        return Failure{applied.failure().kind,
                       std::string(migration.name) + ": " + applied.failure().message};
    auto recorded = connection.run(
        "INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)",
        {std::int64_t(migration.version), std::string(migration.name), checksum(migration.sql), now});
    if (!recorded) return recorded.failure();
    return Done{};
}

Outcome<std::vector<Migration>> applyPending(Connection& connection, std::span<const Migration> migrations,
                                             domain::UtcTime now) {
    auto made = connection.script("CREATE TABLE IF NOT EXISTS schema_migrations (version BIGINT PRIMARY KEY, "
                                  "name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)");
    if (!made) return made.failure();
    auto pending = pendingMigrations(connection, migrations);
    if (!pending) return pending;
    for (const Migration& migration : *pending)
        if (auto applied = apply(connection, migration, now); !applied) return applied.failure();
    return pending;
}

} // namespace

const std::vector<Migration>& shippedMigrations() {
    static const std::vector<Migration> all = readShipped();
    return all;
}

Outcome<std::vector<Migration>> pendingMigrations(Connection& connection,
                                                  std::span<const Migration> migrations) {
    const auto there = connection.hasTable(table);
    if (!there) return there.failure();
    Rows applied;
    if (*there) {
        auto rows =
            connection.run("SELECT version, name, checksum FROM schema_migrations ORDER BY version DESC");
        if (!rows) return rows.failure();
        applied = std::move(*rows);
    }
    for (const Row& row : applied)
        if (auto wrong = judge(row, migrations)) return *wrong;
    // Applied in order and all or nothing: what is missing is the end.
    return std::vector<Migration>(migrations.begin() + static_cast<std::ptrdiff_t>(applied.size()),
                                  migrations.end());
}

Outcome<std::vector<Migration>> migrate(Connection& connection, std::span<const Migration> migrations,
                                        domain::UtcTime now) {
    // Most starts have nothing to do: those need no lock, and no right to make tables.
    auto pending = pendingMigrations(connection, migrations);
    if (!pending || pending->empty()) return pending;
    if (auto begun = connection.beginAlone(); !begun) return begun.failure();
    auto applied = applyPending(connection, migrations, now);
    if (!applied) {
        connection.rollback();
        return applied;
    }
    if (auto committed = connection.commit(); !committed) return committed.failure();
    return applied;
}

} // namespace lm::store
