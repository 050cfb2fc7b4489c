#include "service/store/claims.hpp"

namespace lm::store {

Outcome<bool> claimTrack(Connection& connection, const std::string& track, const std::string& owner,
                         domain::UtcTime now, domain::UtcTime end) {
    const auto rows = connection.run(
        "INSERT INTO egress_claims (track, owner, ends_at) VALUES ($1, $2, $3) ON CONFLICT (track) DO UPDATE "
        "SET owner = excluded.owner, ends_at = excluded.ends_at "
        "WHERE egress_claims.owner = excluded.owner OR egress_claims.ends_at <= $4 RETURNING track",
        {track, owner, end, now});
    if (!rows) return rows.failure();
    return !rows->empty();
}

Outcome<Done> endClaim(Connection& connection, const std::string& track, const std::string& owner,
                       domain::UtcTime end) {
    const auto rows = connection.run(
        "UPDATE egress_claims SET ends_at = $3 WHERE track = $1 AND owner = $2 AND ends_at > $3",
        {track, owner, end});
    if (!rows) return rows.failure();
    return Done{};
}

Outcome<std::uint64_t> forgetClaims(Connection& connection, domain::UtcTime time) {
    const auto rows = connection.run("DELETE FROM egress_claims WHERE ends_at < $1 RETURNING track", {time});
    if (!rows) return rows.failure();
    return std::uint64_t(rows->size());
}

} // namespace lm::store
