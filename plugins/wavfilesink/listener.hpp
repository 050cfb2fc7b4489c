#pragma once

#include "plugins/common/wav/header.hpp"

#include <cstdint>
#include <string>

namespace lm::wavfilesink {

/// One file of a recording. Positions and counts are frames of the track.
struct PartInfo {
    unsigned number = 1;
    std::string path;
    std::uint64_t sample = 0;  // its first frame
    std::uint64_t samples = 0; // known when it is closed
    std::int64_t utcNs = 0;    // of its first frame; 0 = unknown
    wav::Format format;
};

/// What a recording has come to: recorded and skipped are all that was received.
struct Stats {
    std::uint64_t recordedSamples = 0;
    std::uint64_t recordedBytes = 0; // of audio
    std::uint64_t skippedSamples = 0;
    unsigned parts = 0;
    std::uint64_t headerFailures = 0; // headers that could not be written when they should have been
    bool paused = false;
};

/// Who wants to know. Called on the thread that writes.
class Listener {
public:
    virtual ~Listener() = default;
    virtual void partOpened(const PartInfo&) {}
    virtual void partClosed(const PartInfo&) {}
    /// From `sample` on nothing is recorded, until `resumed` or `finished`. Once per pause.
    virtual void paused(std::uint64_t /*sample*/, const std::string& /*reason*/,
                        const std::string& /*path*/) {}
    /// Recording goes on with `sample`; `skipped` frames before it are in no file. The new part follows.
    virtual void resumed(std::uint64_t /*sample*/, std::uint64_t /*skipped*/) {}
    virtual void finished(const Stats&) {}
};

} // namespace lm::wavfilesink
