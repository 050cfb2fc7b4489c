#pragma once

#include "plugins/common/timer.hpp"
#include "service/autoegress/core.hpp"
#include "service/domain/utc.hpp"
#include "service/livekit/api.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

namespace lm::egresscontrol {

/// What LiveKit has.
struct Survey {
    domain::UtcTime askedAt;
    std::vector<livekit::Room> rooms;
    autoegress::Snapshot snapshot; // without participants and egresses unless they were asked for
};

/// Asks LiveKit for everything it has, again and again: rooms, then who is in each and what they publish,
/// then the egresses that are live. What cannot be asked for is missing in the survey; without rooms there is
/// none. Lives on the main context, never blocks.
class Surveyor {
public:
    struct Options {
        livekit::Api* api = nullptr; // its answers must come to an end before this does
        GMainContext* home = nullptr;
        std::chrono::milliseconds interval{30'000}; // from the end of one to the begin of the next
        bool deep = true;                           // participants and egresses, too
        std::size_t atOnce = 8;                     // rooms that are asked for
        std::function<autoegress::Time()> now = std::chrono::steady_clock::now;
        std::function<domain::UtcTime()> clock = std::chrono::system_clock::now;
        std::function<void(const Survey&)> done;
    };
    explicit Surveyor(Options options);

    /// The first begins at once.
    void start() { schedule(std::chrono::milliseconds(0)); }
    /// No further one; the one that is under way comes to nothing.
    void stop();

    struct Stats {
        std::uint64_t surveys = 0, failures = 0;
    };
    const Stats& stats() const { return stats_; }

private:
    struct Round {
        Survey survey;
        std::deque<std::size_t> waiting; // rooms, by their place
        std::size_t asked = 0;
    };
    void schedule(std::chrono::milliseconds delay);
    void begin();
    void askRooms(const std::shared_ptr<Round>& round);
    void askEgresses(const std::shared_ptr<Round>& round);
    void finish(const std::shared_ptr<Round>& round, bool useful);
    void failed(const char* what, const livekit::Failure& failure);
    bool isOver(const std::shared_ptr<Round>& round) const { return round_ != round; }

    const Options options_;
    std::shared_ptr<Round> round_;
    Timer timer_;
    Stats stats_;
    bool stopped_ = false;
    bool wasAway_ = false; // told of once
    bool isAway_ = false;  // in this round
};

} // namespace lm::egresscontrol
