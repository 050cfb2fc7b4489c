#pragma once

#include "plugins/common/guarded.hpp"
#include "plugins/common/loopthread.hpp"
#include "plugins/imentivsink/body.hpp"
#include "plugins/imentivsink/budget.hpp"
#include "plugins/imentivsink/exchange.hpp"
#include "plugins/imentivsink/keygate.hpp"
#include "plugins/imentivsink/retrypolicy.hpp"
#include "plugins/imentivsink/track.hpp"

#include <map>
#include <memory>
#include <random>
#include <vector>

namespace lm::imentivsink {

/// Delivers the blocks of every track of the process from one thread with one HTTP session. Public functions
/// are thread-safe and do not block, except the destructor: it ends what is in flight and joins the thread.
class Dispatcher {
public:
    static constexpr unsigned kMaxInFlight = 1024;                  // ceiling of the settable limit
    static constexpr std::uint64_t kMaxProcessBytes = 512ULL << 20; // undelivered, all tracks together

    /// The dispatcher of the process: made by the first user, destroyed with the last.
    static std::shared_ptr<Dispatcher> shared();

    Dispatcher();
    ~Dispatcher();
    Dispatcher(const Dispatcher&) = delete;
    Dispatcher& operator=(const Dispatcher&) = delete;

    const std::shared_ptr<Budget>& budget() const { return budget_; }
    /// Requests of the whole process; the last call decides.
    void setLimit(unsigned maxInFlight);
    /// The track has blocks and the dispatcher does not know of it (`Track::push` said so).
    void wake(std::shared_ptr<Track> track);
    /// The track's blocks were cancelled: ends the request that carries one of them.
    void abort(const std::shared_ptr<Track>& track);
    /// Cancels what the draining track still has when `limit` has passed.
    void drainWithin(const std::shared_ptr<Track>& track, std::chrono::milliseconds limit);

private:
    struct Entry {
        std::shared_ptr<Track> track;
        std::shared_ptr<Exchange> exchange = nullptr; // while in flight
        std::uint64_t attempt = 0;
        Timer drain = {};
    };

    void adoptWoken();
    void pump();
    void begin(Entry& entry);
    void send(Entry& entry, const TrackQueue::Attempt& attempt, std::vector<Ref<GBytes>> body);
    void onReply(TrackId id, std::uint64_t attempt, unsigned attempts, const Reply& reply);
    void settle(TrackId id, Clock::time_point notBefore);
    void abortStale(TrackId id);

    const std::shared_ptr<Budget> budget_ = std::make_shared<Budget>(kMaxProcessBytes);
    Guarded<std::vector<std::shared_ptr<Track>>> woken_;

    // Everything below belongs to the thread.
    Ref<SoupSession> session_;
    Scheduler scheduler_{32};
    KeyGate gate_;
    std::map<TrackId, Entry> tracks_;
    std::mt19937 random_{std::random_device{}()};
    Timer timer_;
    std::size_t exchanges_ = 0;
    bool closing_ = false;

    LoopThread loop_; // last: joined before anything above goes away
};

} // namespace lm::imentivsink
