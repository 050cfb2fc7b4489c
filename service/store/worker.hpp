#pragma once

#include "plugins/common/guarded.hpp"
#include "service/store/backoff.hpp"
#include "service/store/change.hpp"
#include "service/store/engine/connection.hpp"
#include "service/store/engine/interrupt.hpp"
#include "service/store/migrations.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace lm::store {

/// Runs on the database's thread, exactly once: with a connection, or with nullptr and the reason.
using Question = std::function<void(Connection*, const Failure& reason)>;

/// Opens a connection, in a bounded time.
using Connector = std::function<Outcome<std::unique_ptr<Connection>>(const Interrupt&)>;

struct WorkerOptions {
    std::vector<Migration> migrations = shippedMigrations();
    std::size_t maxWrites = 1 << 16; // that wait
    std::size_t maxBytes = 16 << 20; // of them
    std::size_t maxQuestions = 1024; // that wait
    std::size_t batch = 128;         // writes in one transaction at the most
    Backoff backoff;
    std::chrono::milliseconds idle{10'000}; // without work, until the connection is looked after
};

/// How the store is, for `/ready` and metrics.
struct State {
    enum class Phase {
        Connecting, // not yet tried
        Ready,
        Away,  // writes are kept; `message` says why
        Unfit, // the same, and it needs an operator: such as a database of a newer program
    };
    Phase phase = Phase::Connecting;
    std::string message;
    std::size_t waiting = 0;    // writes
    std::uint64_t written = 0;  // writes since the start
    std::uint64_t lost = 0;     // for which there was no room
    std::uint64_t refused = 0;  // that the database will never take
    std::uint64_t failures = 0; // times it could not be reached, or was lost
};

/// The one thread that talks to the database. Writes wait in a bounded queue and are applied in their order,
/// many in a transaction; while the database is away they are kept. Questions go first. A write that is lost
/// or refused is counted, and logged once per run.
class Worker {
public:
    Worker(Connector connector, WorkerOptions options);
    void run();

    /// What follows is called by other threads, and never waits for the database.
    void write(std::size_t weight, Change change);
    /// False when too many wait.
    bool ask(Question question);
    State state();
    /// Waits until it has been tried to connect; false at the deadline.
    bool awaitAttempt(std::chrono::milliseconds deadline);
    /// Waits until everything written so far is in the database; false at the deadline, or when the database
    /// is away.
    bool flush(std::chrono::milliseconds deadline);
    /// Lets run() return soon, whatever it waits for.
    void end();
    /// Waits for that; false at the deadline.
    bool awaitEnd(std::chrono::milliseconds deadline);

private:
    struct Write {
        std::size_t weight = 0;
        Change change;
    };
    struct Queue {
        std::deque<Write> writes;
        std::deque<Question> questions;
        std::size_t bytes = 0; // of writes, and of those being applied
        State state;
        bool overflowing = false; // a run of losses has begun
        bool ending = false;
        bool ended = false;
    };
    using Locker = Guarded<Queue>::Locker;

    bool connect();
    void step();
    void rest();
    bool answer();
    bool takeBatch();
    void apply();
    Outcome<Done> applyTogether();
    Outcome<Done> applyFirst();
    Outcome<Done> applyOneByOne();
    void applied(std::size_t writes, std::size_t refused);
    void look();
    void worked();
    void failed(const Failure& failure);
    void turnAway(const Failure& failure);

    const Connector connector_;
    const WorkerOptions options_;
    Interrupt interrupt_;
    Guarded<Queue> queue_;
    std::condition_variable changed_;
    // The thread's own.
    std::unique_ptr<Connection> connection_;
    std::deque<Write> batch_; // taken from the queue, not yet in the database
    Backoff backoff_;
    Failure reason_{Failure::Kind::Away, "not connected yet"};
    bool refusing_ = false; // a run of refusals has begun
};

} // namespace lm::store
