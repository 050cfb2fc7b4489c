#pragma once

#include "plugins/common/guarded.hpp"
#include "plugins/imentivsink/breaker.hpp"
#include "plugins/imentivsink/trackqueue.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace lm::imentivsink {

/// Where the blocks of a track go and how. Fixed when the sink starts.
struct Target {
    std::string endpoint;      // without user information
    std::string authorization; // value of the header, a secret; empty: none is sent
    Identity identity;
    Payload payload = Payload::Pcm;
    std::string session; // uuid, first part of every Idempotency-Key
    std::chrono::milliseconds timeout{5000};
    unsigned maxAttempts = 3;
    std::uint64_t maxQueueBytes = 16U << 20;
    std::uint64_t startedUs = 0; // UTC, microseconds since the Unix epoch
    std::uint64_t route = 0;     // `routeOf` the endpoint
    Breaker::Limits breaker = {};
    bool spools = false; // what is not delivered is kept on disk
    std::uint64_t spoolMaxBytes = 10ULL << 30;
    std::chrono::seconds spoolMaxAge{24 * 3600};
    bool receipts = false; // who hears of a block out of the spool says when its file may go

    /// What a refused key is remembered by.
    std::string credential() const { return endpoint + '\n' + authorization; }
};

struct Counters {
    std::uint64_t accepted = 0;
    std::uint64_t delivered = 0;
    std::uint64_t deliveredBytes = 0;
    std::uint64_t failed = 0;
    std::uint64_t dropped = 0;
    std::uint64_t skipped = 0; // on purpose
    std::uint64_t retries = 0;
    std::uint64_t spooled = 0;
    std::uint64_t deliveredFromSpool = 0; // of this track or, for want of it, of any other
    std::uint64_t deadLettered = 0;
    std::uint64_t lastLatencyNs = 0; // of the last delivered block, from render to answer
};

/// What happens to a block, told once each. Latency is from `render` to the answer.
struct Delivered {
    BlockInfo block;
    unsigned attempts;
    unsigned status;
    std::uint64_t latencyNs;
    std::optional<std::string> response; // a JSON document
};
struct Retrying {
    BlockInfo block;
    unsigned attempt;
    std::chrono::milliseconds delay;
    unsigned status;
    std::string reason;
};
struct Failed {
    BlockInfo block;
    unsigned attempts;
    unsigned status; // 0: no answer
    std::string reason;
};
struct Dropped {
    BlockInfo block;
    std::string reason;
};
/// Not sent on purpose.
struct Skipped {
    BlockInfo block;
    std::string reason;
};
/// On disk; it will be delivered later.
struct Spooled {
    BlockInfo block;
    unsigned attempts;
    unsigned status; // of the last attempt, 0: no answer or none made
    std::string reason;
};
/// Whose block came out of the spool: it may be another track's, of an earlier run.
struct SpoolOrigin {
    Identity identity;
    std::string session;
};
/// While somebody has it the file of a delivered block stays; the last one to let go removes it.
class Receipt {
public:
    virtual ~Receipt() = default;
    /// Nobody has noted the delivery: the file stays, and the block is delivered again by the next process.
    virtual void keepFile() = 0;
};
struct DeliveredFromSpool {
    BlockInfo block;
    SpoolOrigin origin;
    unsigned attempts; // out of the spool
    unsigned status;
    std::uint64_t ageNs; // since it was spooled first
    std::optional<std::string> response;
    std::shared_ptr<Receipt> receipt = {}; // empty when nobody asked for it
};
/// Kept on disk, but it will not be delivered unless somebody puts it back.
struct DeadLettered {
    BlockInfo block;
    SpoolOrigin origin;
    unsigned attempts;
    unsigned status; // 0: no answer, it was too old
    std::string reason;
};
/// The circuit of an endpoint opened, closed or is being probed.
struct CircuitChanged {
    std::string endpoint; // redacted
    const char* state;
    unsigned failures; // in a row
    bool refused;      // the key was
    std::string reason;
};
/// Something about the spool directory that somebody should look at.
struct SpoolNotice {
    std::string text;
};
/// The last block of a track that was asked to drain is delivered or reported.
struct Drained {};
using Report = std::variant<Delivered, Retrying, Failed, Dropped, Skipped, Spooled, DeliveredFromSpool,
                            DeadLettered, CircuitChanged, SpoolNotice, Drained>;

/// The meeting point of one sink and the dispatcher: the queue, its counters, and who hears of the outcome.
/// Every function is thread-safe and does not block. The listener is called without locks held, on the thread
/// of the caller: the dispatcher's for outcomes, the sink's for what the sink drops or cancels.
class Track {
public:
    using Listener = std::function<void(const Report&)>;
    struct Snapshot {
        Counters counters;
        std::size_t queuedBlocks;
        std::uint64_t queuedBytes;
        bool inFlight;
    };

    Track(Target target, Listener listener);

    const TrackId id;
    const Target target;

    /// Sink side. True when the dispatcher has to be woken because it does not know of the track yet, or
    /// because blocks have to go to the disk.
    bool push(Block block);
    /// Counts and reports a block that was not taken.
    void drop(const BlockInfo& block, const std::string& reason);
    /// Counts and reports a block that is not to be sent.
    void skip(const BlockInfo& block, const std::string& reason);
    /// Marks the last block. True when something is outstanding: Drained will be reported.
    bool drain();
    /// Reports everything outstanding as failed. With `quietly` a pending drain ends without being reported.
    void cancel(const std::string& reason, bool quietly);
    /// From now on what is queued goes to the spool without further attempts. True when something is queued.
    /// With `quietly` a pending drain ends without being reported.
    bool expire(bool quietly = false);
    /// Waits until the blocks that `expire` met are stored or reported. False when the deadline came first.
    bool waitStored(Clock::time_point deadline);
    Snapshot snapshot();
    /// Counts and tells what happened elsewhere: in the spool, at the endpoint.
    void tell(const Report& report);
    /// Of the endpoint, for those who look. The text must live for ever.
    void setCircuit(const char* state) { circuit_ = state; }
    const char* circuit() const { return circuit_; }

    /// Dispatcher side.
    std::optional<TrackQueue::Attempt> begin();
    bool isCurrent(std::uint64_t attempt);
    bool draining();
    void delivered(std::uint64_t attempt, unsigned status, std::optional<std::string> response);
    void retrying(std::uint64_t attempt, unsigned status, const std::string& reason,
                  std::chrono::milliseconds delay);
    void failed(std::uint64_t attempt, unsigned status, const std::string& reason);

    /// What `TrackQueue` says of the same names.
    bool release(std::uint64_t attempt, bool made = true);
    std::vector<TrackQueue::Attempt> takeForSpool();
    std::optional<TrackQueue::Attempt> takeForDead(std::uint64_t attempt);
    std::optional<std::uint64_t> oldest();
    /// True when what is queued has to go to the disk, whatever the endpoint does.
    bool mustSpool();
    /// What became of a block that had set out for the disk.
    void spooled(std::uint64_t number, unsigned status, const std::string& reason);
    void deadLettered(std::uint64_t number, unsigned status, const std::string& reason);
    void notStored(std::uint64_t number, const std::string& reason);

    enum class Left {
        Nothing, // the dispatcher forgets the track until the next push wakes it
        Stored,  // only what is on its way to the disk
        Idle,    // something to send or store
    };
    Left left();

private:
    struct State {
        State(std::uint64_t maxQueueBytes, bool spools) : queue(maxQueueBytes, spools) {}
        TrackQueue queue;
        Counters counters;
        bool known = false; // the dispatcher has the track
        bool draining = false;
        std::uint64_t expired = 0;  // blocks before this sequence are out of time
        std::size_t unreported = 0; // taken out of the queue, report still being made
    };

    std::optional<Block> leave(std::uint64_t number, std::uint64_t Counters::*counter);
    void reported();

    const Listener listener_;
    std::atomic<const char*> circuit_{stateName(Breaker::State::Closed)};
    Guarded<State> state_;
    std::condition_variable left_; // a block has left the queue and was reported
};

} // namespace lm::imentivsink
