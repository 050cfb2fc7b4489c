#pragma once

#include "plugins/common/guarded.hpp"
#include "plugins/imentivsink/spoolstore.hpp"

#include <condition_variable>
#include <deque>
#include <thread>

namespace lm::imentivsink {

/// A spool directory of the process with the thread that works in it: nobody else ever waits for the disk.
/// Public functions are thread-safe and do not block, but for `open` and the destructor.
class Spool {
public:
    static constexpr std::chrono::seconds kPatience{5}; // with a disk that does not answer
    using Written = std::function<void(SpoolWrite, std::optional<std::string> error)>;

    /// The spool of that directory: opened by its first user, closed with its last.
    static Result<std::shared_ptr<Spool>> open(const std::string& directory);
    /// Does what was asked for, for `kPatience` at the most; then it leaves the thread to its disk.
    ~Spool();
    Spool(const Spool&) = delete;
    Spool& operator=(const Spool&) = delete;

    /// `done` is called on the spool's thread, when the block is on disk or could not be written. Blocks are
    /// written in the order of the calls.
    void write(SpoolWrite block, Written done);
    /// Runs `job` on the spool's thread, after what was asked for before.
    void run(std::function<void(Store&)> job);

    SpoolNumbers numbers() { return numbers_.copy(); }
    void publish(const SpoolNumbers& numbers) { *numbers_.lock() = numbers; }

private:
    struct Write {
        SpoolWrite block;
        Written done;
    };
    struct Job {
        std::optional<Write> write;
        std::function<void(Store&)> call;
    };
    struct Work {
        std::deque<Job> jobs;
        bool busy = false;
        bool ending = false;
    };
    struct Shared;

    Spool(std::string directory, std::unique_ptr<Store> store);
    void push(Job job);

    const std::string directory_;
    Guarded<SpoolNumbers> numbers_;
    std::shared_ptr<Shared> shared_;
    std::thread thread_;
};

} // namespace lm::imentivsink
