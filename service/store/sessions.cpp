#include "service/store/sessions.hpp"

#include "service/store/identifier.hpp"
#include "service/store/listing.hpp"

namespace lm::store {
namespace {

#define SESSION_COLUMNS "id, meeting_id, room_name, room_sid, status, created_at, started_at, ended_at"

Session readSession(const Row& row) {
    Session s;
    s.id = textOf(row[0]);
    s.meetingId = textOf(row[1]);
    s.roomName = textOf(row[2]);
    s.roomSid = textOf(row[3]);
    s.status = textOf(row[4]) == "ENDED" ? SessionStatus::Ended : SessionStatus::Active;
    s.createdAt = fromUnixMs(integerOf(row[5]));
    s.startedAt = maybeTime(row[6]);
    s.endedAt = maybeTime(row[7]);
    return s;
}

/// What is known already is not taken back by an event that knows less.
#define KEEP_WHAT_IS_KNOWN                                                                                   \
    "room_name = CASE WHEN sessions.room_name = '' THEN excluded.room_name ELSE sessions.room_name END, "    \
    "room_sid = CASE WHEN sessions.room_sid = '' THEN excluded.room_sid ELSE sessions.room_sid END, "

constexpr char start[] =
    "INSERT INTO sessions (id, meeting_id, room_name, room_sid, status, created_at, started_at) "
    "VALUES ($1, $2, $3, $4, 'ACTIVE', $5, $5) ON CONFLICT (meeting_id) DO UPDATE SET " KEEP_WHAT_IS_KNOWN
    "started_at = CASE WHEN sessions.started_at <= excluded.started_at THEN sessions.started_at "
    "ELSE excluded.started_at END RETURNING " SESSION_COLUMNS;

constexpr char end[] =
    "INSERT INTO sessions (id, meeting_id, room_name, room_sid, status, created_at, ended_at) "
    "VALUES ($1, $2, $3, $4, 'ENDED', $5, $5) ON CONFLICT (meeting_id) DO UPDATE SET " KEEP_WHAT_IS_KNOWN
    "status = 'ENDED', ended_at = CASE WHEN sessions.ended_at <= excluded.ended_at THEN sessions.ended_at "
    "ELSE excluded.ended_at END RETURNING " SESSION_COLUMNS;

Outcome<Session> note(Connection& connection, const char* sql, const Meeting& meeting, domain::UtcTime time) {
    const auto rows =
        connection.run(sql, {newId(), meeting.meetingId, meeting.roomName, meeting.roomSid, time});
    if (!rows) return rows.failure();
    return readSession(rows->at(0));
}

} // namespace

const char* statusName(SessionStatus status) {
    return status == SessionStatus::Active ? "ACTIVE" : "ENDED";
}

std::optional<SessionStatus> statusFromName(const std::string& name) {
    for (const SessionStatus status : {SessionStatus::Active, SessionStatus::Ended})
        if (name == statusName(status)) return status;
    return std::nullopt;
}

Outcome<Session> startSession(Connection& connection, const Meeting& meeting, domain::UtcTime time) {
    return note(connection, start, meeting, time);
}

Outcome<Session> endSession(Connection& connection, const Meeting& meeting, domain::UtcTime time) {
    return note(connection, end, meeting, time);
}

Outcome<std::optional<Session>> findSession(Connection& connection, const std::string& meetingId) {
    return firstOf(
        connection.run("SELECT " SESSION_COLUMNS " FROM sessions WHERE meeting_id = $1", {meetingId}),
        readSession);
}

Outcome<std::optional<Session>> newestActiveSession(Connection& connection, const std::string& roomName) {
    return firstOf(connection.run("SELECT " SESSION_COLUMNS
                                  " FROM sessions WHERE room_name = $1 AND status = 'ACTIVE' "
                                  "ORDER BY started_at DESC, created_at DESC, id DESC LIMIT 1",
                                  {roomName}),
                   readSession);
}

Outcome<std::vector<Session>> activeSessions(Connection& connection) {
    const auto rows = connection.run("SELECT " SESSION_COLUMNS " FROM sessions WHERE status = 'ACTIVE'");
    if (!rows) return rows.failure();
    std::vector<Session> all;
    for (const Row& row : *rows)
        all.push_back(readSession(row));
    return all;
}

Outcome<Page<Session>> listSessions(Connection& connection, const SessionFilter& filter,
                                    const PageRequest& request) {
    const Value status = filter.status ? Value(statusName(*filter.status)) : Value();
    const auto rows = connection.run(
        "SELECT " SESSION_COLUMNS " FROM sessions "
        "WHERE (CAST($1 AS TEXT) IS NULL OR status = $1) AND (CAST($2 AS TEXT) IS NULL OR room_name = $2) "
        "AND (CAST($3 AS BIGINT) IS NULL OR (created_at, id) < ($3, $4)) "
        "ORDER BY created_at DESC, id DESC LIMIT $5",
        listingValues({status, filter.roomName}, request));
    if (!rows) return rows.failure();
    return pageOf(*rows, request, readSession);
}

} // namespace lm::store
