#pragma once

/// What LiveKit's API speaks of, as far as the service needs it. Plain C++.

#include <cstdint>
#include <string>
#include <vector>

namespace lm::livekit {

enum class TrackKind { Audio, Video, Data };

struct Track {
    std::string sid;
    TrackKind kind = TrackKind::Audio; // the default of the protocol: audio is what is left out
    std::string source;                // MICROPHONE, SCREEN_SHARE_AUDIO, …
    std::string mimeType;
    bool muted = false;
    bool encrypted = false; // end to end: an egress cannot decode it
};

struct Participant {
    std::string sid;
    std::string identity;
    std::string name;
    std::string kind; // STANDARD, EGRESS, AGENT, …
    std::vector<Track> tracks;
};

struct Room {
    std::string sid;
    std::string name;
    std::uint64_t participants = 0; // stale at times: never decide by it
    std::int64_t createdAtMs = 0;   // since the Unix epoch; 0: not known
};

enum class EgressStatus { Starting, Active, Ending, Complete, Failed, Aborted, LimitReached };
/// `EGRESS_STARTING`, …
const char* nameOf(EgressStatus status);
/// Whether it may still send media.
inline bool isLive(EgressStatus status) {
    return status == EgressStatus::Starting || status == EgressStatus::Active ||
           status == EgressStatus::Ending;
}

enum class EgressKind { Track, RoomComposite, Other };

struct Egress {
    std::string id;
    std::string roomName;
    std::string roomSid;
    EgressKind kind = EgressKind::Other;
    EgressStatus status = EgressStatus::Starting;
    std::string trackId;      // of a track egress
    std::string websocketUrl; // of one that sends to a socket: with its secrets, never to be shown
    std::string error;
    std::uint32_t errorCode = 0; // like an HTTP status
    std::string details;
    std::int64_t startedAtNs = 0; // since the Unix epoch; 0: not known
    std::int64_t endedAtNs = 0;
};

/// Where a recording in object storage goes; as LiveKit's egress takes it.
struct S3Upload {
    std::string keyId, secret, bucket, endpoint, region;
    bool forcePathStyle = false;
};

/// What a token permits.
struct Grants {
    bool roomList = false;
    bool roomRecord = false;
    std::string adminOf; // the room whose participants may be asked for; empty: none
};

} // namespace lm::livekit
