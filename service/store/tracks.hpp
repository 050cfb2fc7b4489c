#pragma once

#include "service/store/engine/connection.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lm::store {

/// A media socket. What is nullopt is not known yet, and never takes back what is known.
struct Track {
    std::string id; // the service's name for it, never used twice
    std::optional<std::string> meetingId;
    std::string roomName;
    std::string participant;                     // may be empty, as is the next
    std::string trackId;                         // LiveKit's
    std::optional<std::int64_t> sampleRate = {}; // Hz, of the audio as it turned out to be
    std::optional<std::int64_t> channels = {};
    domain::UtcTime startedAt = {};
    std::optional<domain::UtcTime> firstSampleAt = {};
    std::optional<domain::UtcTime> endedAt = {};
    std::optional<std::string> outcome = {};
    std::optional<std::string> message = {}; // of its end, for people
};

/// A file of a recording.
struct Recording {
    std::string track;
    std::int64_t part = 1;
    std::string path; // below EGRESS_AUDIO_OUTPUT_DIR
    std::int64_t sampleRate = 0;
    std::int64_t channels = 0;
    std::int64_t firstSample = 0;        // frames from the start of the track
    std::optional<std::int64_t> samples; // nullopt while it is being written
    std::optional<domain::UtcTime> startedAt;

    std::string id() const { return track + "." + std::to_string(part); }
};

/// `cut`, `spooled`, `failed`, `dropped`, `skipped` (not sent, on purpose), `delivered`.
enum class BlockState { Cut, Spooled, Failed, Dropped, Skipped, Delivered };
const char* stateName(BlockState state);

/// A range of a track that is analysed. Once delivered it stays so; nothing becomes `cut` again.
struct Block {
    std::string track;
    std::int64_t sequence = 0;
    std::int64_t firstSample = 0;
    std::int64_t samples = 0;
    std::optional<domain::UtcTime> startedAt = {}; // of its first frame
    BlockState state = BlockState::Cut;
    std::int64_t attempts = 0;
    std::int64_t httpStatus = 0; // 0: no answer
    std::optional<std::string> reason = {};
    std::optional<domain::UtcTime> deliveredAt = {};
    std::optional<std::string> answer = {}; // of the analysis service, JSON
};

/// Adds what is new, and to what is there what is known in addition. May be called again with the same.
Outcome<Done> saveTrack(Connection& connection, const Track& track);
Outcome<Done> saveRecording(Connection& connection, const Recording& recording);
Outcome<Done> saveBlock(Connection& connection, const Block& block);

Outcome<bool> hasTrack(Connection& connection, const std::string& id);
Outcome<std::optional<Track>> findTrack(Connection& connection, const std::string& id);
/// In the order of their start.
Outcome<std::vector<Track>> tracksOfMeeting(Connection& connection, const std::string& meetingId);
/// By track, in the order of the parts.
Outcome<std::vector<Recording>> recordingsOfMeeting(Connection& connection, const std::string& meetingId);
/// In the order of the parts.
Outcome<std::vector<Recording>> recordingsOfTrack(Connection& connection, const std::string& track);
Outcome<std::optional<Recording>> findRecording(Connection& connection, const std::string& id);
/// At most `limit` blocks of a track, from `fromSequence` on.
Outcome<std::vector<Block>> blocksOfTrack(Connection& connection, const std::string& track,
                                          std::int64_t fromSequence, std::int64_t limit);

} // namespace lm::store
