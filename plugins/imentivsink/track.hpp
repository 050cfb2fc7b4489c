#pragma once

#include "plugins/common/guarded.hpp"
#include "plugins/imentivsink/trackqueue.hpp"

#include <chrono>
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

    /// What a refused key is remembered by.
    std::string credential() const { return endpoint + '\n' + authorization; }
};

struct Counters {
    std::uint64_t accepted = 0;
    std::uint64_t delivered = 0;
    std::uint64_t deliveredBytes = 0;
    std::uint64_t failed = 0;
    std::uint64_t dropped = 0;
    std::uint64_t retries = 0;
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
/// The last block of a track that was asked to drain is delivered or reported.
struct Drained {};
using Report = std::variant<Delivered, Retrying, Failed, Dropped, Drained>;

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

    /// Sink side. True when the dispatcher has to be woken because it does not know of the track yet.
    bool push(Block block);
    /// Counts and reports a block that was not taken.
    void drop(const BlockInfo& block, const std::string& reason);
    /// Marks the last block. True when something is outstanding: Drained will be reported.
    bool drain();
    /// Reports everything outstanding as failed. With `quietly` a pending drain ends without being reported.
    void cancel(const std::string& reason, bool quietly);
    Snapshot snapshot();

    /// Dispatcher side.
    std::optional<TrackQueue::Attempt> begin();
    bool isCurrent(std::uint64_t attempt);
    bool draining();
    void delivered(std::uint64_t attempt, unsigned status, std::optional<std::string> response);
    void retrying(std::uint64_t attempt, unsigned status, const std::string& reason,
                  std::chrono::milliseconds delay);
    void failed(std::uint64_t attempt, unsigned status, const std::string& reason);
    /// True when nothing is queued: the dispatcher forgets the track until the next push wakes it.
    bool settled();

private:
    struct State {
        explicit State(std::uint64_t maxQueueBytes) : queue(maxQueueBytes) {}
        TrackQueue queue;
        Counters counters;
        bool known = false; // the dispatcher has the track
        bool draining = false;
        std::size_t unreported = 0; // taken out of the queue, report still being made
    };

    void reported();

    const Listener listener_;
    Guarded<State> state_;
};

} // namespace lm::imentivsink
