#pragma once

#include "service/trackstate/record.hpp"

#include <deque>
#include <functional>
#include <map>
#include <unordered_map>

namespace lm::trackstate {

/// The tracks that run and the last ones that ended, kept up to date by their events. Lives on the main
/// context, like everything that observes tracks.
class Board : public pipeline::TrackObserver {
public:
    using Clock = std::function<domain::UtcTime()>;

    /// Remembers `maxEnded` ended tracks.
    explicit Board(std::size_t maxEnded = 200, Clock clock = std::chrono::system_clock::now)
        : maxEnded_(maxEnded), clock_(std::move(clock)) {}

    void trackStarted(const pipeline::TrackInfo& track) override;
    void trackEvent(const pipeline::TrackInfo& track, const pipeline::Event& event) override;
    void trackEnded(const pipeline::TrackInfo& track, const pipeline::Outcome& outcome) override;
    /// What the elements of a running track count now.
    void update(const std::string& id, pipeline::State state, const pipeline::Readings& readings);

    /// In the order of their start.
    const std::map<std::uint64_t, Record>& live() const { return live_; }
    /// The latest first.
    const std::deque<Record>& ended() const { return ended_; }
    /// Running or remembered; nullptr for an unknown track.
    const Record* find(const std::string& id) const;

    /// Received by all tracks so far; never goes back. As fresh as the last `update` of each.
    struct Received {
        std::uint64_t bytes = 0;
        std::uint64_t samples = 0;
    };
    Received received() const;

private:
    Record* running(const std::string& id);

    const std::size_t maxEnded_;
    const Clock clock_;
    std::map<std::uint64_t, Record> live_;
    std::unordered_map<std::string, std::uint64_t> order_; // of the start, by id
    std::uint64_t next_ = 0;
    std::deque<Record> ended_;
    Received before_; // of tracks that have ended
};

} // namespace lm::trackstate
