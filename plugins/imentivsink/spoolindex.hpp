#pragma once

#include "plugins/imentivsink/scheduler.hpp"
#include "plugins/imentivsink/spoolrecord.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <tuple>

namespace lm::imentivsink {

/// What waits in a spool directory, without its payload: 24 bytes a file, in lanes. A lane is what one start
/// of a sink spooled for one endpoint; its blocks leave strictly in order of their sequence, one at a time.
/// Among the lanes of an endpoint the one with the oldest block is served first. Pure; time is an argument.
/// Not thread-safe.
class SpoolIndex {
public:
    struct Item {
        std::uint64_t sequence = 0;
        std::uint64_t bytes = 0;   // of the file
        std::int64_t createdS = 0; // UTC, when it was put there or put back
    };
    struct LaneKey {
        std::uint64_t startedUs = 0;
        std::string session;
        std::uint64_t route = 0;
        auto operator<=>(const LaneKey&) const = default;
    };
    /// The oldest block of a lane.
    struct Head {
        LaneKey lane;
        Item item;
        unsigned attempts = 0; // made at it out of the spool
        FileName file() const { return {lane.startedUs, lane.session, lane.route, item.sequence}; }
    };
    struct Totals {
        std::uint64_t blocks = 0;
        std::uint64_t bytes = 0;
    };

    /// Until `seal` blocks may be added in any order, and nothing is given out.
    void add(const LaneKey& lane, const Item& item);
    void seal();
    bool sealed() const { return sealed_; }

    /// The oldest block of a lane that is ready. The lane is busy until `done`, `later`, `park` or `putBack`.
    std::optional<Head> next(std::uint64_t route, Clock::time_point now);
    /// When `next` may have something although nothing else happens.
    std::optional<Clock::time_point> wakeAt(std::uint64_t route) const;

    /// The block has left the spool.
    void done(const Head& head);
    /// It stays and is to be tried again.
    void later(const Head& head, Clock::time_point notBefore);
    /// It was not tried.
    void putBack(const Head& head);
    /// It must not leave yet: not before `unpark`.
    void park(const Head& head);
    void unpark(const LaneKey& lane);

    /// The first block of a lane that is older than `beforeS`; the lane is busy then.
    std::optional<Head> takeOlderThan(std::int64_t beforeS);

    bool has(const LaneKey& lane) const { return lanes_.contains(lane); }
    const Totals& totals() const { return totals_; }
    /// When the oldest block was put there; nothing when there is none.
    std::optional<std::int64_t> oldestS() const;

private:
    enum class Place { Ready, Waiting, Busy, Parked };
    struct Lane {
        std::deque<Item> items;
        Place place = Place::Parked;
        Clock::time_point notBefore{};
        unsigned attempts = 0;
        bool sorted = true;
    };
    using Lanes = std::map<LaneKey, Lane>;
    struct Route {
        std::set<std::pair<std::int64_t, LaneKey>> ready; // by the age of their oldest block
        std::set<std::pair<Clock::time_point, LaneKey>> waiting;
    };

    void makeReady(const LaneKey& key, Lane& lane);
    void leave(const LaneKey& key, Lane& lane);
    void release(const LaneKey& key, Lane& lane, Place from);

    Lanes lanes_;
    std::map<std::uint64_t, Route> routes_;
    Totals totals_;
    bool sealed_ = false;
};

} // namespace lm::imentivsink
