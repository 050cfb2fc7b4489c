#pragma once

#include "service/domain/utc.hpp"
#include "service/store/tracks.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What a participant of a meeting said and showed, as one file.
namespace lm::exports {

/// A file, and when by the wall clock its first sample or picture was.
struct PlannedFile {
    std::string recording; // id of its row
    std::string path;      // below the directory of its kind
    domain::UtcTime start;
    std::chrono::milliseconds length{0}; // of pictures; 0 while they are being written
};

struct PlannedTrack {
    std::string title;
    bool video = false;
    std::vector<PlannedFile> files = {}; // in their order
};

/// A recording that will be missing.
struct LeftOut {
    std::string recording;
    std::string reason; // for people
};

struct Plan {
    std::string title; // of the whole
    std::vector<PlannedTrack> tracks;
    std::vector<LeftOut> leftOut;
};

/// The identities that have tracks, each once, in their order; the empty one for tracks that name nobody.
std::vector<std::string> participantsOf(const std::vector<store::Track>& tracks);

/// What there is of `participant`, by the rows of the meeting. Of video that is the Matroska file beside the
/// bytestream, which holds the pictures of the first part alone.
Plan planOf(const std::string& meeting, const std::string& participant,
            const std::vector<store::Track>& tracks, const std::vector<store::Recording>& recordings);

} // namespace lm::exports
