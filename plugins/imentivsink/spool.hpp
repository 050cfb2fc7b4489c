#pragma once

#include "plugins/common/guarded.hpp"
#include "plugins/imentivsink/spoolstore.hpp"
#include "plugins/imentivsink/track.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <string>

namespace lm::imentivsink {

/// A spool directory of the process with the thread that works in it: nobody else ever waits for the disk.
/// Public functions are thread-safe and do not block, but for `open` and `awaitClosed`.
class Spool {
public:
    static constexpr std::chrono::seconds kPatience{5}; // with a disk that does not answer
    using Opener = std::function<Result<std::unique_ptr<Store>>(const std::string& directory)>;
    using Written = std::function<void(SpoolWrite, std::optional<std::string> error)>;

    /// The spool of that directory: opened by its first user, closed after its last. Nobody waits for
    /// somebody else's directory. `opener`: for tests.
    static Result<std::shared_ptr<Spool>> open(const std::string& directory,
                                               const Opener& opener = Store::open);
    /// Waits until the spool of that directory, if it has no user left, has done what it was asked for and
    /// let go of the directory. False when `kPatience` was over first.
    static bool awaitClosed(const std::string& directory);
    /// The thread does what it was asked for and ends; this does not wait for it.
    ~Spool();
    Spool(const Spool&) = delete;
    Spool& operator=(const Spool&) = delete;

    /// `done` is called on the spool's thread, when the block is on disk or could not be written. Blocks are
    /// written in the order of the calls.
    void write(SpoolWrite block, Written done);
    /// What is not yet being written of a start of a sink is not written any more: its `done` is told so, on
    /// this thread.
    void withdraw(const std::string& session);
    /// Runs `job` on the spool's thread, after what was asked for before.
    void run(std::function<void(Store&)> job);

    /// The block was delivered: its file is removed when nobody holds this any more, on whatever thread that
    /// is, without waiting for the disk while the spool is open.
    static std::shared_ptr<Receipt> receipt(const std::shared_ptr<Spool>& spool, const FileName& name);

    const std::string& directory() const;
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
        bool ending = false;
    };
    struct Shared;

    Spool(std::string directory, std::unique_ptr<Store> store);
    void push(Job job);

    Guarded<SpoolNumbers> numbers_;
    const std::shared_ptr<Shared> shared_; // also the thread's, which may outlive this
};

} // namespace lm::imentivsink
