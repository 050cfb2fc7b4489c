#include "service/store/events.hpp"

#include <utility>

namespace lm::store {

Outcome<bool> firstSight(Connection& connection, const std::string& id, domain::UtcTime now) {
    const auto rows = connection.run(
        "INSERT INTO webhook_events (id, seen_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING RETURNING id",
        {id, now});
    if (!rows) return rows.failure();
    return !rows->empty();
}

Change once(std::string id, domain::UtcTime now, Change change) {
    return [id = std::move(id), now, change = std::move(change)](Connection& connection) -> Outcome<Done> {
        const auto first = firstSight(connection, id, now);
        if (!first) return first.failure();
        if (!*first) return Done{};
        return change(connection);
    };
}

Outcome<std::uint64_t> forgetEvents(Connection& connection, domain::UtcTime time) {
    const auto rows = connection.run("DELETE FROM webhook_events WHERE seen_at < $1 RETURNING id", {time});
    if (!rows) return rows.failure();
    return std::uint64_t(rows->size());
}

} // namespace lm::store
