-- Which replica may start the egress of a track, and until when. The row outlives its use until it is cleared away.
CREATE TABLE egress_claims (
    track TEXT PRIMARY KEY, -- LiveKit's sid
    owner TEXT NOT NULL, -- a run of a replica
    ends_at BIGINT NOT NULL
);
CREATE INDEX egress_claims_by_end ON egress_claims (ends_at);
