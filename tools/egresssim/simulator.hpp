#pragma once

#include "plugins/common/result.hpp"
#include "tools/common/uniquefd.hpp"
#include "tools/egresssim/options.hpp"
#include "tools/egresssim/track.hpp"

#include <functional>
#include <vector>

namespace lm::egresssim {

/// All tracks on one thread: one epoll, and a timer that advances every track once per tick.
class Simulator {
public:
    /// Told about once a second, and when all tracks are connected for the first time (`allConnected`).
    using Progress = std::function<void(const std::vector<Track>&, double seconds, bool allConnected)>;

    /// Loads or makes the audio, resolves the host. Opens no connection yet.
    static Result<Simulator> make(const Options& options);

    /// Runs until every track has ended. `stopFd`, when readable, ends all of them properly; -1: none.
    void run(int stopFd, const Progress& progress);

    const std::vector<Track>& tracks() const { return tracks_; }
    double seconds() const { return std::chrono::duration<double>(Clock::now() - startedAt_).count(); }

private:
    Simulator() = default;

    void onTick(Clock::time_point now, const Progress& progress);
    void onEvent(std::size_t index, std::uint32_t events, Clock::time_point now);
    void stop(Clock::time_point now);
    void launch(Clock::time_point now);
    void watch(std::size_t index);

    std::vector<Track> tracks_;
    std::vector<std::uint32_t> watched_; // what epoll is told about each track; 0: nothing yet
    sockaddr_storage peer_{};
    socklen_t peerSize_ = 0;
    double ramp_ = 0;
    Time tick_{};
    tools::UniqueFd epoll_;
    Clock::time_point startedAt_;
    Clock::time_point progressAt_;
    std::size_t launched_ = 0;
    bool stopping_ = false;
    bool connectedTold_ = false;
};

} // namespace lm::egresssim
