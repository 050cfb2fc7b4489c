#include "service/store/moves.hpp"

#include "service/store/listing.hpp"

namespace lm::store {
namespace {

Pairing readPairing(const Row& row) {
    return {textOf(row[0]), fromUnixMs(integerOf(row[1])), maybeTime(row[2]), textOf(row[3]),
            fromUnixMs(integerOf(row[4]))};
}

Move readMove(const Row& row) {
    return {textOf(row[0]), fromUnixMs(integerOf(row[1]))};
}

} // namespace

Outcome<std::vector<Pairing>> listPairings(Connection& connection, domain::UtcTime since,
                                           std::chrono::milliseconds reach, std::int64_t limit) {
    const auto rows = connection.run(
        "SELECT t.id, t.started_at, t.ended_at, s.meeting_id, s.started_at FROM tracks t "
        "JOIN sessions s ON s.room_name = t.room_name "
        "WHERE t.meeting_id IS NULL AND t.started_at >= $1 AND s.started_at IS NOT NULL "
        "AND (s.ended_at IS NULL OR s.ended_at >= t.started_at) "
        "AND (t.ended_at IS NULL OR s.started_at <= t.ended_at + $2) "
        "ORDER BY t.started_at DESC, t.id, s.started_at LIMIT $3",
        {since, std::int64_t(reach.count()), limit});
    if (!rows) return rows.failure();
    std::vector<Pairing> all;
    for (const Row& row : *rows)
        all.push_back(readPairing(row));
    return all;
}

Outcome<bool> associateTrack(Connection& connection, const std::string& track, const std::string& meetingId,
                             domain::UtcTime now) {
    const auto updated = connection.run(
        "UPDATE tracks SET meeting_id = $2 WHERE id = $1 AND meeting_id IS NULL RETURNING id",
        {track, meetingId});
    if (!updated) return updated.failure();
    if (updated->empty()) return false;
    const auto noted = connection.run(
        "INSERT INTO moves (track, since) VALUES ($1, $2) ON CONFLICT (track) DO NOTHING", {track, now});
    if (!noted) return noted.failure();
    return true;
}

Outcome<Page<Move>> listMoves(Connection& connection, domain::UtcTime since, const PageRequest& request) {
    const Value time = request.after ? Value(request.after->createdAt) : Value();
    const Value id = request.after ? Value(request.after->id) : Value();
    const auto rows =
        connection.run("SELECT track, since FROM moves WHERE since >= $1 "
                       "AND (CAST($2 AS BIGINT) IS NULL OR (since, track) < ($2, $3)) "
                       "ORDER BY since DESC, track DESC LIMIT $4",
                       {since, time, id, std::int64_t(request.limit) + 1});
    if (!rows) return rows.failure();
    return pageOf(*rows, request, readMove);
}

Outcome<Done> noteMoved(Connection& connection, const std::string& track,
                        const std::vector<MovedFile>& files) {
    for (const MovedFile& file : files) {
        const auto rows = connection.run("UPDATE recordings SET path = $3 WHERE track = $1 AND path = $2",
                                         {track, file.from, file.to});
        if (!rows) return rows.failure();
    }
    return Done{};
}

Outcome<bool> finishMove(Connection& connection, const std::string& track) {
    const auto rows = connection.run("DELETE FROM moves WHERE track = $1 RETURNING track", {track});
    if (!rows) return rows.failure();
    return !rows->empty();
}

} // namespace lm::store
