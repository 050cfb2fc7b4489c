-- A block may also be skipped: not sent on purpose, such as one of digital silence. A constraint cannot be
-- changed in place on every engine.
CREATE TABLE blocks_new (
    track TEXT NOT NULL, -- tracks.id
    sequence BIGINT NOT NULL,
    first_sample BIGINT NOT NULL,
    samples BIGINT NOT NULL,
    started_at BIGINT,
    state TEXT NOT NULL CHECK (state IN ('cut', 'spooled', 'failed', 'dropped', 'skipped', 'delivered')),
    attempts BIGINT NOT NULL,
    http_status BIGINT NOT NULL, -- 0: no answer
    reason TEXT,
    delivered_at BIGINT,
    answer TEXT, -- of the analysis service, JSON
    PRIMARY KEY (track, sequence)
);
INSERT INTO blocks_new (track, sequence, first_sample, samples, started_at, state, attempts, http_status,
    reason, delivered_at, answer)
SELECT track, sequence, first_sample, samples, started_at, state, attempts, http_status, reason, delivered_at,
    answer FROM blocks;
DROP TABLE blocks;
ALTER TABLE blocks_new RENAME TO blocks;
