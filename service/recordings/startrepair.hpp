#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace lm::recordings {

/// Files, by what became of them.
struct RepairCounts {
    std::uint64_t examined = 0; // all of the following, and the sound ones
    std::uint64_t repaired = 0;
    std::uint64_t unrepairable = 0; // empty, cut inside the header, or too long for one
    std::uint64_t foreign = 0;      // no WAV file, or another writer's that is left alone
    std::uint64_t inUse = 0;
    std::uint64_t failed = 0; // could not be read or written
    bool finished = false;
};

/// Repairs what a crash or a power cut left: once, on a thread of its own, every recording whose header and
/// size disagree. Each repair is a line in the log. Recordings under way are left alone.
class StartRepair {
public:
    /// Begins at once. Files that are modified from now on are somebody's.
    explicit StartRepair(std::string directory);
    /// Ends after the file under way, without waiting for it: the disk may be dead.
    ~StartRepair();
    StartRepair(const StartRepair&) = delete;
    StartRepair& operator=(const StartRepair&) = delete;

    /// As of now. Any thread.
    RepairCounts counts() const;
    /// False when the deadline came first. For tests.
    bool wait(std::chrono::milliseconds deadline) const;

private:
    struct Shared;
    std::shared_ptr<Shared> shared_;
};

} // namespace lm::recordings
