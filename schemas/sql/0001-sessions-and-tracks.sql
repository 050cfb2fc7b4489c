-- Both SQLite and PostgreSQL run this file. Times are milliseconds since the Unix epoch, UTC.

-- A meeting, as LiveKit's webhooks tell of it: a room from its start to its end.
CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    meeting_id TEXT NOT NULL UNIQUE,
    room_name TEXT NOT NULL,
    room_sid TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('ACTIVE', 'ENDED')),
    created_at BIGINT NOT NULL, -- when it was first heard of
    started_at BIGINT,          -- NULL while only its end is known
    ended_at BIGINT
);
CREATE INDEX sessions_by_age ON sessions (created_at, id);
CREATE INDEX sessions_by_room ON sessions (room_name, status, created_at, id);

CREATE TABLE users (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX users_by_age ON users (created_at, id);

-- A media socket. Its meeting is no foreign key: the socket may be there before the webhook.
CREATE TABLE tracks (
    id TEXT PRIMARY KEY,
    meeting_id TEXT, -- NULL while it is not known
    room_name TEXT NOT NULL,
    participant TEXT NOT NULL,
    track_id TEXT NOT NULL, -- LiveKit's
    sample_rate BIGINT,
    channels BIGINT,
    started_at BIGINT NOT NULL,
    first_sample_at BIGINT,
    ended_at BIGINT,
    outcome TEXT,
    message TEXT
);
CREATE INDEX tracks_by_meeting ON tracks (meeting_id, started_at, id);
CREATE INDEX tracks_by_room ON tracks (room_name, started_at, id);

-- A file of a track's recording.
CREATE TABLE recordings (
    id TEXT PRIMARY KEY,
    track TEXT NOT NULL, -- tracks.id
    part BIGINT NOT NULL,
    path TEXT NOT NULL,
    sample_rate BIGINT NOT NULL,
    channels BIGINT NOT NULL,
    first_sample BIGINT NOT NULL, -- frames from the start of the track
    samples BIGINT,               -- NULL while it is being written
    started_at BIGINT,            -- of its first frame
    UNIQUE (track, part)
);

-- A range of a track that is analysed, and what came of it.
CREATE TABLE blocks (
    track TEXT NOT NULL, -- tracks.id
    sequence BIGINT NOT NULL,
    first_sample BIGINT NOT NULL,
    samples BIGINT NOT NULL,
    started_at BIGINT,
    state TEXT NOT NULL CHECK (state IN ('cut', 'spooled', 'failed', 'dropped', 'delivered')),
    attempts BIGINT NOT NULL,
    http_status BIGINT NOT NULL, -- 0: no answer
    reason TEXT,
    delivered_at BIGINT,
    answer TEXT, -- of the analysis service, JSON
    PRIMARY KEY (track, sequence)
);

-- Webhooks that have been applied, so that none is applied twice.
CREATE TABLE webhook_events (
    id TEXT PRIMARY KEY,
    seen_at BIGINT NOT NULL
);
CREATE INDEX webhook_events_by_age ON webhook_events (seen_at);
