-- Tracks whose meeting became known after their socket and whose files still lie under the room. The row goes
-- when they have been moved.
CREATE TABLE moves (
    track TEXT PRIMARY KEY, -- tracks.id; its meeting is there
    since BIGINT NOT NULL
);
CREATE INDEX moves_by_age ON moves (since, track);
CREATE INDEX tracks_without_meeting ON tracks (started_at, id) WHERE meeting_id IS NULL;
