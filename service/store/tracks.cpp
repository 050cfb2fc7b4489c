#include "service/store/tracks.hpp"

#include "service/store/listing.hpp"

#include <array>

namespace lm::store {
namespace {

#define TRACK_COLUMNS                                                                                        \
    "id, meeting_id, room_name, participant, track_id, sample_rate, channels, started_at, "                  \
    "first_sample_at, ended_at, outcome, message"
#define RECORDING_COLUMNS "track, part, path, sample_rate, channels, first_sample, samples, started_at"
#define BLOCK_COLUMNS                                                                                        \
    "track, sequence, first_sample, samples, started_at, state, attempts, http_status, reason, "             \
    "delivered_at, answer"

Track readTrack(const Row& row) {
    Track t;
    t.id = textOf(row[0]);
    t.meetingId = row[1];
    t.roomName = textOf(row[2]);
    t.participant = textOf(row[3]);
    t.trackId = textOf(row[4]);
    t.sampleRate = maybeInteger(row[5]);
    t.channels = maybeInteger(row[6]);
    t.startedAt = fromUnixMs(integerOf(row[7]));
    t.firstSampleAt = maybeTime(row[8]);
    t.endedAt = maybeTime(row[9]);
    t.outcome = row[10];
    t.message = row[11];
    return t;
}

Recording readRecording(const Row& row) {
    Recording r;
    r.track = textOf(row[0]);
    r.part = integerOf(row[1]);
    r.path = textOf(row[2]);
    r.sampleRate = integerOf(row[3]);
    r.channels = integerOf(row[4]);
    r.firstSample = integerOf(row[5]);
    r.samples = maybeInteger(row[6]);
    r.startedAt = maybeTime(row[7]);
    return r;
}

constexpr std::array states{BlockState::Cut,     BlockState::Spooled, BlockState::Failed,
                            BlockState::Dropped, BlockState::Skipped, BlockState::Delivered};

BlockState stateFromName(const std::string& name) {
    for (const BlockState state : states)
        if (name == stateName(state)) return state;
    return BlockState::Cut;
}

Block readBlock(const Row& row) {
    Block b;
    b.track = textOf(row[0]);
    b.sequence = integerOf(row[1]);
    b.firstSample = integerOf(row[2]);
    b.samples = integerOf(row[3]);
    b.startedAt = maybeTime(row[4]);
    b.state = stateFromName(textOf(row[5]));
    b.attempts = integerOf(row[6]);
    b.httpStatus = integerOf(row[7]);
    b.reason = row[8];
    b.deliveredAt = maybeTime(row[9]);
    b.answer = row[10];
    return b;
}

template <typename T> Outcome<std::vector<T>> allOf(const Outcome<Rows>& rows, T (*read)(const Row&)) {
    if (!rows) return rows.failure();
    std::vector<T> all;
    for (const Row& row : *rows)
        all.push_back(read(row));
    return all;
}

Outcome<Done> done(const Outcome<Rows>& rows) {
    if (!rows) return rows.failure();
    return Done{};
}

} // namespace

const char* stateName(BlockState state) {
    switch (state) {
    case BlockState::Cut:
        return "cut";
    case BlockState::Spooled:
        return "spooled";
    case BlockState::Failed:
        return "failed";
    case BlockState::Dropped:
        return "dropped";
    case BlockState::Skipped:
        return "skipped";
    case BlockState::Delivered:
        return "delivered";
    }
    return "";
}

Outcome<Done> saveTrack(Connection& connection, const Track& t) {
    return done(connection.run(
        "INSERT INTO tracks (" TRACK_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) "
        "ON CONFLICT (id) DO UPDATE SET "
        "meeting_id = coalesce(tracks.meeting_id, excluded.meeting_id), "
        "sample_rate = coalesce(excluded.sample_rate, tracks.sample_rate), "
        "channels = coalesce(excluded.channels, tracks.channels), "
        "first_sample_at = coalesce(excluded.first_sample_at, tracks.first_sample_at), "
        "ended_at = coalesce(excluded.ended_at, tracks.ended_at), "
        "outcome = coalesce(excluded.outcome, tracks.outcome), "
        "message = coalesce(excluded.message, tracks.message)",
        {t.id, t.meetingId, t.roomName, t.participant, t.trackId, t.sampleRate, t.channels, t.startedAt,
         t.firstSampleAt, t.endedAt, t.outcome, t.message}));
}

Outcome<Done> saveRecording(Connection& connection, const Recording& r) {
    return done(connection.run(
        "INSERT INTO recordings (id, " RECORDING_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) "
        "ON CONFLICT (id) DO UPDATE SET path = excluded.path, sample_rate = excluded.sample_rate, "
        "channels = excluded.channels, first_sample = excluded.first_sample, samples = "
        "coalesce(excluded.samples, recordings.samples), "
        "started_at = coalesce(excluded.started_at, recordings.started_at)",
        {r.id(), r.track, r.part, r.path, r.sampleRate, r.channels, r.firstSample, r.samples, r.startedAt}));
}

Outcome<Done> saveBlock(Connection& connection, const Block& b) {
    return done(connection.run(
        "INSERT INTO blocks (" BLOCK_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) "
        "ON CONFLICT (track, sequence) DO UPDATE SET state = excluded.state, attempts = excluded.attempts, "
        "http_status = excluded.http_status, reason = excluded.reason, "
        "started_at = coalesce(blocks.started_at, excluded.started_at), "
        "delivered_at = excluded.delivered_at, answer = excluded.answer "
        "WHERE blocks.state <> 'delivered' AND excluded.state <> 'cut'",
        {b.track, b.sequence, b.firstSample, b.samples, b.startedAt, stateName(b.state), b.attempts,
         b.httpStatus, b.reason, b.deliveredAt, b.answer}));
}

Outcome<bool> hasTrack(Connection& connection, const std::string& id) {
    const auto rows = connection.run("SELECT 1 FROM tracks WHERE id = $1", {id});
    if (!rows) return rows.failure();
    return !rows->empty();
}

Outcome<std::optional<Track>> findTrack(Connection& connection, const std::string& id) {
    return firstOf(connection.run("SELECT " TRACK_COLUMNS " FROM tracks WHERE id = $1", {id}), readTrack);
}

Outcome<std::vector<Track>> tracksOfMeeting(Connection& connection, const std::string& meetingId) {
    return allOf(connection.run("SELECT " TRACK_COLUMNS
                                " FROM tracks WHERE meeting_id = $1 ORDER BY started_at, id",
                                {meetingId}),
                 readTrack);
}

Outcome<std::vector<Recording>> recordingsOfMeeting(Connection& connection, const std::string& meetingId) {
    return allOf(connection.run("SELECT " RECORDING_COLUMNS " FROM recordings WHERE track IN "
                                "(SELECT id FROM tracks WHERE meeting_id = $1) ORDER BY track, part",
                                {meetingId}),
                 readRecording);
}

Outcome<std::vector<Recording>> recordingsOfTrack(Connection& connection, const std::string& track) {
    return allOf(connection.run("SELECT " RECORDING_COLUMNS " FROM recordings WHERE track = $1 ORDER BY part",
                                {track}),
                 readRecording);
}

Outcome<std::optional<Recording>> findRecording(Connection& connection, const std::string& id) {
    return firstOf(connection.run("SELECT " RECORDING_COLUMNS " FROM recordings WHERE id = $1", {id}),
                   readRecording);
}

Outcome<std::vector<Block>> blocksOfTrack(Connection& connection, const std::string& track,
                                          std::int64_t fromSequence, std::int64_t limit) {
    return allOf(connection.run("SELECT " BLOCK_COLUMNS " FROM blocks WHERE track = $1 AND sequence >= $2 "
                                "ORDER BY sequence LIMIT $3",
                                {track, fromSequence, limit}),
                 readBlock);
}

} // namespace lm::store
