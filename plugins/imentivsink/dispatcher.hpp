#pragma once

#include "plugins/common/guarded.hpp"
#include "plugins/common/loopthread.hpp"
#include "plugins/imentivsink/body.hpp"
#include "plugins/imentivsink/budget.hpp"
#include "plugins/imentivsink/circuits.hpp"
#include "plugins/imentivsink/exchange.hpp"
#include "plugins/imentivsink/retrypolicy.hpp"
#include "plugins/imentivsink/spooldelivery.hpp"
#include "plugins/imentivsink/track.hpp"

#include <map>
#include <memory>
#include <random>
#include <vector>

namespace lm::imentivsink {

/// Delivers the blocks of every track of the process from one thread with one HTTP session. Public functions
/// are thread-safe and do not block, except the destructor: it ends what is in flight and joins the thread.
class Dispatcher final : public DeliveryHost {
public:
    static constexpr unsigned kMaxInFlight = 1024; // ceiling of the settable limit
    /// Undelivered, all tracks together, beyond which blocks are dropped: so much, or twice the bytes beyond
    /// which they go to the spool, where that is more. A disk takes its time.
    static constexpr std::uint64_t kLeastProcessBytes = 512ULL << 20;
    /// Why blocks are given up whose disk hangs.
    static constexpr char kNotStored[] = "the spool did not take it in time";

    /// The dispatcher of the process: made by the first user, destroyed with the last.
    static std::shared_ptr<Dispatcher> shared();

    Dispatcher();
    ~Dispatcher();
    Dispatcher(const Dispatcher&) = delete;
    Dispatcher& operator=(const Dispatcher&) = delete;

    const std::shared_ptr<Budget>& budget() const { return budget_; }
    /// Requests of the whole process, and bytes of all tracks beyond which blocks go to the spool; the last
    /// call decides.
    void setLimits(unsigned maxInFlight, std::uint64_t maxTotalBytes);
    bool isCurrent() const { return loop_.isCurrent(); }

    /// The track will wake the dispatcher and, with a spool, wants that to be delivered. Until `detach`.
    void attach(std::shared_ptr<Track> track, std::shared_ptr<Spool> spool);
    void detach(const std::shared_ptr<Track>& track);
    /// The track has blocks and the dispatcher has to look at them (`Track::push` said so).
    void wake(std::shared_ptr<Track> track);
    /// All tracks together hold more than they should.
    bool crowded() const { return budget_->used() > maxTotalBytes_; }
    /// The track has given up what a hanging disk has not taken. That may still come to the disk, but must
    /// not take the memory that tracks need which go on.
    void forsake(const Track& track, Spool& spool) const;
    /// The track's blocks were cancelled: ends the request that carries one of them.
    void abort(const std::shared_ptr<Track>& track);
    /// The track's blocks have expired: ends the request and stores them.
    void spill(const std::shared_ptr<Track>& track);
    /// Cancels, or stores, what the draining track still has when `limit` has passed; cancels it when the
    /// disk takes nothing of that for `Spool::kPatience`.
    void drainWithin(const std::shared_ptr<Track>& track, std::chrono::milliseconds limit);

private:
    static constexpr char kBehind[] = "earlier blocks of the track are in the spool";

    struct User {
        std::shared_ptr<Track> track;
        std::shared_ptr<Spool> spool;
    };
    struct Entry {
        std::shared_ptr<Track> track;
        std::shared_ptr<SpoolDelivery> spool = nullptr;
        std::shared_ptr<Exchange> exchange = nullptr; // while in flight
        std::uint64_t attempt = 0;
        Timer drain = {};
    };

    // DeliveryHost
    GMainContext* context() override { return loop_.context(); }
    Circuits& circuits() override { return circuits_; }
    bool mayStart(std::size_t busy) override;
    std::shared_ptr<Exchange> post(const Request& request, Exchange::Done done) override;
    double chance() override { return std::uniform_real_distribution<>(0.0, 1.0)(random_); }
    void stored(TrackId track) override;
    void pump() override;

    void adoptUsers();
    void adoptWoken();
    void dismiss(TrackId id);
    std::shared_ptr<SpoolDelivery> deliveryOf(TrackId id) const;
    void onCircuit(const std::string& credential, const CircuitChanged& change);

    void begin(Entry& entry);
    void send(Entry& entry, const TrackQueue::Attempt& attempt, std::vector<Ref<GBytes>> body);
    void onReply(TrackId id, std::uint64_t attempt, unsigned attempts, const Reply& reply);
    void giveUp(Entry& entry, std::uint64_t attempt, const Reply& reply, const std::string& reason);
    bool mustAsk(const Entry& entry) const;
    bool mustStore(const Entry& entry);
    /// Status and reason are of the last attempt; what was not tried goes there behind the others.
    void store(Entry& entry, unsigned status = 0, const std::string& reason = kBehind);
    void settle(TrackId id, Clock::time_point notBefore);
    void endDrain(TrackId id, std::chrono::milliseconds limit, std::function<void(Track&)> end);
    void awaitDisk(TrackId id, std::size_t left);
    void cutDrain(Track& track, const std::string& reason);
    void abortStale(TrackId id);
    void expire(TrackId id);

    const std::shared_ptr<Budget> budget_ = std::make_shared<Budget>(kLeastProcessBytes);
    std::atomic<std::uint64_t> maxTotalBytes_{kLeastProcessBytes};
    Guarded<std::vector<std::shared_ptr<Track>>> woken_;
    Guarded<std::vector<User>> joined_;

    // Everything below belongs to the thread.
    Ref<SoupSession> session_;
    unsigned limit_ = 32;
    Scheduler scheduler_{limit_};
    Circuits circuits_;
    std::map<TrackId, Entry> tracks_;
    std::map<TrackId, User> users_;
    std::map<const Spool*, std::shared_ptr<SpoolDelivery>> deliveries_;
    std::size_t spoolBusy_ = 0; // requests for spooled blocks
    std::mt19937 random_{std::random_device{}()};
    Timer timer_;
    std::size_t exchanges_ = 0;
    bool pumping_ = false, pumpAgain_ = false;
    bool closing_ = false;

    LoopThread loop_; // last: joined before anything above goes away
};

} // namespace lm::imentivsink
