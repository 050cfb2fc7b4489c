#pragma once

#include "service/store/engine/connection.hpp"
#include "service/store/page.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lm::store {

/// A track without a meeting, and a session of its room that it may have been in.
struct Pairing {
    std::string track;
    domain::UtcTime trackStart;
    std::optional<domain::UtcTime> trackEnd; // nullopt: it runs, or was cut by a crash
    std::string meetingId;
    domain::UtcTime sessionStart;
};

/// Of tracks that started at `since` or later, with the sessions that had not ended before them and did not
/// begin more than `reach` after their end. The newest tracks first, at most `limit`.
Outcome<std::vector<Pairing>> listPairings(Connection& connection, domain::UtcTime since,
                                           std::chrono::milliseconds reach, std::int64_t limit);

/// The track belongs to this meeting from `now` on, and its files are to be moved. False, and nothing has
/// happened: it has a meeting already, perhaps by another replica.
Outcome<bool> associateTrack(Connection& connection, const std::string& track, const std::string& meetingId,
                             domain::UtcTime now);

/// A track whose files are to be moved.
struct Move {
    std::string id; // of the track
    domain::UtcTime createdAt;
};
/// Those of `since` or later, the newest first.
Outcome<Page<Move>> listMoves(Connection& connection, domain::UtcTime since, const PageRequest& request);

/// A file of a recording, by paths as Recording has them.
struct MovedFile {
    std::string from, to;
    bool operator==(const MovedFile&) const = default;
};
/// The files of a track lie elsewhere now. May be told again.
Outcome<Done> noteMoved(Connection& connection, const std::string& track,
                        const std::vector<MovedFile>& files);
/// Nothing is left to be moved of it. False: that was known.
Outcome<bool> finishMove(Connection& connection, const std::string& track);

} // namespace lm::store
