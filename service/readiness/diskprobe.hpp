#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace lm::readiness {

/// What a file system said about itself.
struct DiskSpace {
    int error = 0;               // errno; nothing else is valid then
    std::uint64_t freeBytes = 0; // for this process, without what is kept for root
    std::uint64_t totalBytes = 0;
    bool readOnly = false;
};

/// Asks a directory's file system for its space every few seconds, on a thread of its own: a dead disk never
/// answers, and nobody may wait for it. Safe on any thread.
class DiskProbe {
public:
    using Clock = std::chrono::steady_clock;
    using Ask = std::function<DiskSpace(const std::string& path)>;

    explicit DiskProbe(std::string path, std::chrono::milliseconds interval = std::chrono::seconds(5),
                       Ask ask = statvfs);
    /// Never waits for the disk.
    ~DiskProbe();
    DiskProbe(const DiskProbe&) = delete;
    DiskProbe& operator=(const DiskProbe&) = delete;

    struct Answer {
        DiskSpace space;
        Clock::time_point at;
    };
    /// The last answer; nothing before the first.
    std::optional<Answer> last() const;
    const std::string& path() const { return path_; }

    /// Asks the kernel.
    static DiskSpace statvfs(const std::string& path);

private:
    struct Shared;
    const std::string path_;
    std::shared_ptr<Shared> shared_;
};

} // namespace lm::readiness
