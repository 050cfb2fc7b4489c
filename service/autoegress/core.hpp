#pragma once

/// Which published audio tracks have an egress, and what to do about those that have none. Plain C++: told of
/// what happens, with the time, it says what to do; it calls nobody.

#include "service/autoegress/pace.hpp"
#include "service/livekit/failure.hpp"
#include "service/livekit/types.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace lm::autoegress {

/// An audio track and whose it is.
struct Publication {
    std::string room;
    std::string roomSid;
    std::string participant;    // identity
    std::string participantSid; // empty: not known
    std::string track;          // sid: new with every publication
    bool encrypted = false;
};

/// What is to be done. Every one but Stop is answered: Claim by `claimed`, Look by `looked`, Start by
/// `started`.
struct Command {
    enum class Kind {
        Claim, // ask the other replicas for the right to start this track's egress
        Look,  // list all egresses of the room
        Start, // a track egress to our own URL
        Stop,
    };
    Kind kind = Kind::Claim;
    Publication track;    // not of Stop
    std::string egressId; // of Stop
};

enum class Claim {
    Granted,
    Denied,  // another replica is at it
    Unknown, // nobody can be asked: better two egresses than none, the surplus one is stopped later
};

/// What LiveKit has, asked for at one time. What happened since `askedAt` it may not know.
struct Snapshot {
    struct Room {
        std::string name, sid;
        std::optional<std::vector<livekit::Participant>> participants; // nothing: could not be asked for
    };
    Time askedAt;
    std::vector<Room> rooms;                                // all of them
    std::optional<std::vector<livekit::Egress>> egresses{}; // live ones; nothing: could not be asked for
};

struct CoreOptions {
    bool automatic = true;                                 // an egress for every published track
    std::function<bool(const std::string& url)> sendsToUs; // whether an egress to this URL is one of ours
    std::function<double()> random;                        // 0 to 1
    std::size_t maxTracks = 20'000;
    std::size_t maxInFlight = 16;   // tracks that are being started
    std::chrono::seconds denied{5}; // until a track that another replica is at is looked at again
    /// A start without an answer: for so long LiveKit may still be at it.
    std::chrono::seconds unanswered{30};
};

class Core {
public:
    enum class Phase {
        Waiting, // until it is due
        Claiming,
        Looking,
        Starting,
        Running,
        Held,      // stopped by a person: not started again
        Encrypted, // end to end: cannot be analysed
    };
    struct Entry {
        Publication track;
        Phase phase = Phase::Waiting;
        std::string egressId; // while Running, and of the last one afterwards
        livekit::EgressStatus status = livekit::EgressStatus::Starting; // of that
        std::int64_t startedAtNs = 0;
        std::string reason;    // why there is none, for people; empty when there is
        unsigned failures = 0; // in a row
        Time due{};            // while Waiting
        Time seen{};           // when it was last known to be published
        Time touched{};        // the last change of its egress: older snapshots know less
        bool gone = false;     // unpublished while something is under way
        bool byHand = false;   // asked for by a person
    };

    explicit Core(CoreOptions options) : options_(std::move(options)), pace_(options_.random) {}

    // What happens at LiveKit. In any order, any number of times.
    void published(const Publication& track, Time now);
    void unpublished(const std::string& track, Time now);
    void left(const std::string& participantSid, Time now);
    void roomFinished(const std::string& roomSid, const std::string& room, Time now);
    void egressChanged(const livekit::Egress& egress, Time now);
    void apply(const Snapshot& snapshot, Time now);

    // Answers to commands.
    void claimed(const std::string& track, Claim claim, Time now);
    void looked(const std::string& track, const livekit::Reply<std::vector<livekit::Egress>>& reply,
                Time now);
    void started(const std::string& track, const livekit::Reply<livekit::Egress>& reply, Time now);

    // What people ask for.
    enum class Wish { Accepted, Running, Encrypted, Full };
    /// An egress for this track, also one that was stopped by a person.
    Wish want(const Publication& track, Time now);
    /// It is not started again until it is published anew.
    void hold(const std::string& egressId, Time now);

    /// What is due by now is begun.
    void tick(Time now);
    /// When to tick next.
    std::optional<Time> next() const;
    /// What is to be done, in order; afterwards nothing is.
    std::vector<Command> take() { return std::exchange(commands_, {}); }

    const Entry* find(const std::string& track) const;
    /// By the egress it has or had.
    const Entry* findEgress(const std::string& egressId) const;
    /// How an egress of ours has ended; nothing: it has not, or it was thousands of them ago.
    const livekit::Egress* ending(const std::string& egressId) const;
    const std::map<std::string, Entry>& entries() const { return entries_; }
    struct Stats {
        std::uint64_t started = 0, failed = 0, restarted = 0, surplus = 0, orphans = 0, overflow = 0;
    };
    const Stats& stats() const { return stats_; }

private:
    Entry* entry(const std::string& track);
    Entry* add(const Publication& track, Time now);
    template <typename Value> struct Memory { // the newest few thousand
        std::unordered_map<std::string, Value> values;
        std::deque<std::string> order;

        bool contains(const std::string& key) const { return values.contains(key); }
        void remember(const std::string& key, Value value);
    };
    void wait(Entry& entry, const std::string& reason, Time now, bool atOnce = false);
    void failed(Entry& entry, const livekit::Failure& failure, Time now);
    void run(Entry& entry, const livekit::Egress& egress, Time now);
    void ended(Entry& entry, const livekit::Egress& egress, Time now);
    void vanish(const std::string& track, Time now);
    void stop(const std::string& egressId, Time now);
    bool isHeld(const Entry& entry, const livekit::Egress& egress) const;
    bool isOurs(const livekit::Egress& egress) const;
    static bool inFlight(const Entry& entry);
    void applyTracks(const Snapshot& snapshot, std::set<std::string>& known, std::set<std::string>& blind,
                     Time now);
    void applyEgresses(const Snapshot& snapshot, const std::set<std::string>& known,
                       const std::set<std::string>& blind, Time now);
    std::map<std::string, livekit::Egress> oldestOfEach(const std::vector<livekit::Egress>& egresses,
                                                        Time now);

    const CoreOptions options_;
    Pace pace_;
    std::map<std::string, Entry> entries_; // by track sid
    std::vector<Command> commands_;
    Memory<Time> tombs_;              // tracks that were unpublished
    Memory<livekit::Egress> endings_; // egresses that have ended
    Memory<Time> stops_;              // egresses that we have stopped ourselves
    std::set<std::string> suspects_;  // egresses without a track in the last snapshot
    Stats stats_;
};

/// `waiting`, `starting`, `running`, `stopped`, `encrypted`: what people need to know of a phase.
const char* stateOf(Core::Phase phase);

} // namespace lm::autoegress
