#pragma once

#include "plugins/imentivsink/ageclock.hpp"
#include "plugins/imentivsink/circuits.hpp"
#include "plugins/imentivsink/exchange.hpp"
#include "plugins/imentivsink/spool.hpp"
#include "plugins/imentivsink/spoolindex.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace lm::imentivsink {

/// What the spool needs of the dispatcher, on its thread.
class DeliveryHost {
public:
    virtual GMainContext* context() = 0;
    virtual Circuits& circuits() = 0;
    /// Another request for a spooled block may go out; `busy`: that are out.
    virtual bool mayStart(std::size_t busy) = 0;
    virtual std::shared_ptr<Exchange> post(const Request& request, Exchange::Done done) = 0;
    virtual double chance() = 0;
    /// A block of the track is on disk, or could not be stored.
    virtual void stored(TrackId track) = 0;
    /// Something ended: whoever waits may go on.
    virtual void pump() = 0;

protected:
    ~DeliveryHost() = default;
};

/// Keeps the blocks of tracks in a spool directory and delivers what is there, as long as a sink uses it:
/// each track strictly in order, the track with the oldest block first. Lives on the dispatcher's thread and
/// never waits for the disk.
///
/// Nothing that is on disk is ever removed to make room: a block that finds the spool full is refused,
/// because what is there already was promised to be delivered, and the recording still has the audio.
class SpoolDelivery : public std::enable_shared_from_this<SpoolDelivery> {
public:
    SpoolDelivery(std::shared_ptr<Spool> spool, DeliveryHost& host);

    /// Reads the directory; blocks are taken meanwhile, delivered afterwards.
    void start();
    void stop();
    const std::shared_ptr<Spool>& spool() const { return spool_; }

    /// Sinks that use the directory: their endpoints and keys are what blocks of earlier runs are delivered
    /// with.
    void attach(std::shared_ptr<Track> user);
    void detach(TrackId user);
    bool used() const { return !users_.empty(); }

    /// Blocks of this sink wait here: its next ones must not overtake them.
    bool holds(const Target& target) const { return index_.has(laneOf(target)); }
    /// Stores a block that has set out for the spool, or for the dead letters with what the service answered.
    void store(const std::shared_ptr<Track>& track, const TrackQueue::Attempt& attempt,
               std::vector<Ref<GBytes>> payload, unsigned status, const std::string& reason,
               std::optional<std::string> answer = {});
    /// The oldest block that the track has in memory may have changed.
    void moved(const Target& target) { index_.unpark(laneOf(target)); }
    void pump();

private:
    static constexpr std::chrono::milliseconds kUnreadablePause{5000}; // a disk error, or no descriptors
    static constexpr unsigned kMostReads = 4; // of a block that the disk fails to give

    using Head = SpoolIndex::Head;
    /// A spooled block in flight.
    struct Sent {
        Head head;
        Record record;
        std::shared_ptr<Exchange> exchange;
    };

    static SpoolIndex::LaneKey laneOf(const Target& target);
    std::optional<std::string> refusal(std::uint64_t bytes, std::uint64_t most) const;
    Track* teller(const std::string& session, std::uint64_t route) const;
    const Target* targetFor(const Head& head) const;
    bool isHeld(const Head& head) const;

    void drain(std::uint64_t route, std::optional<Clock::time_point>& wake);
    void load(const Head& head);
    void onLoaded(const Head& head, SpoolRead read);
    /// There is no block to send or to bury.
    void onTrouble(const Head& head, SpoolTrouble trouble);
    void readLater(const Head& head);
    void putAside(const Head& head);
    void onAside(const Head& head, const std::string& why);
    void send(const Head& head, SpoolLoaded block);
    void onReply(const std::shared_ptr<Sent>& sent, const Reply& reply);
    void answered(const Head& head, Answer answer, const std::string& reason);
    void settle(const Sent& sent, const Reply& reply);
    void bury(const Sent& sent, unsigned status, const std::string& reason, const std::string& answer);
    void onStored(const std::shared_ptr<Track>& track, std::uint64_t number, const SpoolWrite& block,
                  const std::optional<std::string>& error, unsigned status, const std::string& reason);
    void take(const std::vector<SpoolFile>& files);
    void onScanned(const Store::Scan& scan, SpoolCount dead);
    void tick();
    std::int64_t tooOldBefore() const;
    void expire();
    void buryTooOld(const Head& head);
    void notice(const std::string& text);
    void publish(bool age);
    void runOnDisk(std::function<std::function<void(SpoolDelivery&)>(Store&)> job);

    const std::shared_ptr<Spool> spool_;
    DeliveryHost& host_;
    std::vector<std::shared_ptr<Track>> users_;
    SpoolIndex index_;
    const AgeClock ages_{g_get_real_time() / G_USEC_PER_SEC, Clock::now()};
    std::uint64_t pendingBytes_ = 0; // on their way to the disk
    std::set<std::shared_ptr<Exchange>> exchanges_;
    /// Whom the block of a lane that is being read or sent was admitted for. Every way out goes through
    /// `answered` or `stop`: a probe that is never answered would keep everybody from asking.
    std::map<SpoolIndex::LaneKey, Target> admitted_;
    std::map<SpoolIndex::LaneKey, unsigned> failedReads_; // of the oldest block, in a row
    SpoolNumbers numbers_;
    bool full_ = false;       // the last block was refused
    bool unreadable_ = false; // the last block could not be read
    bool stopped_ = false;
    Timer timer_, tick_;
};

/// What lies beside a dead letter, for people: why, the status, headers that matter and the body as it came.
std::string answerText(unsigned status, const std::string& reason, const Reply& reply);

} // namespace lm::imentivsink
