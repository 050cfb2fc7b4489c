#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace lm::imentivsink {

using TrackId = std::uint64_t;
using Clock = std::chrono::steady_clock;

/// Whose turn it is. A track is idle, ready (in line), waiting (until a time) or busy (one request in
/// flight); at most `limit` tracks are busy. Ready tracks take turns: a track that had its turn queues up
/// behind the others, so that neither a track with a long backlog nor one that times out keeps the others
/// from being served. Time is an argument. Not thread-safe.
class Scheduler {
public:
    explicit Scheduler(unsigned limit) : limit_(limit) {}

    void setLimit(unsigned limit) { limit_ = limit; }
    /// The track has something to send, from `notBefore` on. A waiting track is given the new time; one that
    /// is ready or busy keeps its place.
    void ready(TrackId track, Clock::time_point notBefore);
    /// The next track to serve, which is busy from now on; nothing when nobody is ready or the limit is
    /// reached.
    std::optional<TrackId> next(Clock::time_point now);
    /// The request of a busy track is over; the track is idle.
    void finished(TrackId track);
    /// The track has nothing to send after all, wherever it stands.
    void forget(TrackId track);
    /// When `next` may have something although nothing else happens; nothing when nobody waits or the limit
    /// is reached.
    std::optional<Clock::time_point> wakeAt() const;

    std::size_t busy() const { return busy_; }

private:
    enum class Place { Ready, Waiting, Busy };
    struct Entry {
        Place place;
        Clock::time_point notBefore;
    };

    void wakeWaiting(Clock::time_point now);

    unsigned limit_;
    std::size_t busy_ = 0;
    std::map<TrackId, Entry> tracks_;
    std::deque<TrackId> line_;
    std::set<std::pair<Clock::time_point, TrackId>> waiting_;
};

} // namespace lm::imentivsink
