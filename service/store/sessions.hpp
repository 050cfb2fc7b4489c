#pragma once

#include "service/store/engine/connection.hpp"
#include "service/store/page.hpp"

#include <optional>
#include <string>
#include <vector>

namespace lm::store {

/// What a start or an end of a meeting says. Both may come in any order, again, and alone.
struct Meeting {
    std::string meetingId; // LiveKit's room sid
    std::string roomName;  // empty: not known
    std::string roomSid;
};

enum class SessionStatus { Active, Ended };
/// `ACTIVE`, `ENDED`.
const char* statusName(SessionStatus status);
std::optional<SessionStatus> statusFromName(const std::string& name);

struct Session {
    std::string id;
    std::string meetingId; // unique
    std::string roomName;
    std::string roomSid;
    SessionStatus status = SessionStatus::Active;
    domain::UtcTime createdAt;                // when it was first heard of: what lists are sorted by
    std::optional<domain::UtcTime> startedAt; // not known while only its end is
    std::optional<domain::UtcTime> endedAt;
};

/// The meeting is there from `time` on: ACTIVE, unless it has ended. Of several starts the earliest counts.
Outcome<Session> startSession(Connection& connection, const Meeting& meeting, domain::UtcTime time);
/// The meeting is ENDED, for good. Of several ends the earliest counts.
Outcome<Session> endSession(Connection& connection, const Meeting& meeting, domain::UtcTime time);

Outcome<std::optional<Session>> findSession(Connection& connection, const std::string& meetingId);
/// The ACTIVE session of a room that started last.
Outcome<std::optional<Session>> newestActiveSession(Connection& connection, const std::string& roomName);

/// All sessions that are ACTIVE.
Outcome<std::vector<Session>> activeSessions(Connection& connection);

struct SessionFilter {
    std::optional<SessionStatus> status;
    std::optional<std::string> roomName;
};
/// Newest first.
Outcome<Page<Session>> listSessions(Connection& connection, const SessionFilter& filter,
                                    const PageRequest& request);

} // namespace lm::store
