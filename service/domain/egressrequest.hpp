#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace lm::domain {

/// What a socket carries.
enum class Media { Audio, H264, Vp8, Vp9 };

/// As in the parameter `codec`; `audio` for audio.
const char* mediaName(Media media);
inline bool isVideo(Media media) {
    return media != Media::Audio;
}

/// Positions of a video track count milliseconds, and it has no channels.
inline constexpr std::uint32_t videoSampleRate = 1000;

/// What an egress socket asks for in its query, validated. Identifiers are kept verbatim (any UTF-8 without
/// NUL, bounded length): whoever writes them into a path, a header or a log encodes them.
struct EgressRequest {
    std::string room;                   // never empty
    std::string participant;            // may be empty
    std::string trackId;                // may be empty
    std::string meetingId;              // empty: not given
    std::uint32_t sampleRate = 48000;   // Hz
    std::uint32_t channels = 1;         // the contract's default; LiveKit itself sends 2
    Media media = Media::Audio;         // video: sampleRate is videoSampleRate, channels is 0
    std::optional<double> groupSeconds; // overrides the configured block length

    /// The directory and log the track belongs to: the meeting, or the room when no meeting is known.
    const std::string& meetingOrRoom() const { return meetingId.empty() ? room : meetingId; }
};

} // namespace lm::domain
