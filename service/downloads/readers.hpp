#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace lm::downloads {

/// Threads that wait for disks, so that nobody else has to. At the end of this object they end with what they
/// are at; what has not begun is dropped. They are not joined: a dead disk would keep the process.
class Readers {
public:
    using Job = std::function<void()>;

    /// `name`: of the threads, at most 15 bytes.
    explicit Readers(unsigned threads = 4, std::size_t mostWaiting = 512, const char* name = "download");
    ~Readers();
    Readers(const Readers&) = delete;
    Readers& operator=(const Readers&) = delete;

    /// Runs `job` on one of them; false when too many wait. Any thread.
    bool run(Job job);

private:
    struct Shared;
    std::shared_ptr<Shared> shared_;
};

} // namespace lm::downloads
