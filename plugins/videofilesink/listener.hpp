#pragma once

#include <cstdint>
#include <string>

namespace lm::videofilesink {

/// One file of a bytestream. Positions are milliseconds from the first frame of the track.
struct PartInfo {
    unsigned number = 1;
    std::string path;
    std::uint64_t sample = 0;  // its first frame
    std::uint64_t samples = 0; // known when it is closed, as is
    std::uint64_t bytes = 0;   // the size of the file
    std::int64_t utcNs = 0;    // of its first frame; 0 = unknown
};

struct Stats {
    std::uint64_t recordedSamples = 0;
    std::uint64_t recordedBytes = 0;
    std::uint64_t skippedSamples = 0;
    std::uint64_t skippedFrames = 0;
    unsigned parts = 0;
    std::uint64_t headerFailures = 0; // frame counts that could not be written when they should have been
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
    virtual void resumed(std::uint64_t /*sample*/, std::uint64_t /*skipped*/) {}
    virtual void finished(const Stats&) {}
    virtual void movieOpened(const std::string& /*path*/) {}
    /// It holds what it holds, and gets no more.
    virtual void movieEnded(const std::string& /*path*/, const std::string& /*reason*/) {}
};

} // namespace lm::videofilesink
