#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>

/// Three views of how the lag of a stream (how long after its time audio arrives) develops. All times in
/// nanoseconds of one monotonic clock; lag only ever adds to the fastest way, so each looks at minima.
namespace lm::wsaudiosrc {

/// Whether the sender keeps time at all. One that sends a file as fast as it can, or when it likes, does not,
/// and what it leaves out is nothing that a clock could tell.
class Pace {
public:
    void observe(std::int64_t now, std::int64_t lag, std::int64_t pause);
    void restart() {
        running_ = false;
        least_ = std::numeric_limits<std::int64_t>::max();
    }
    /// It is known from elsewhere that time is kept.
    void assume() { kept_ = true; }
    bool kept() const { return kept_; }

private:
    bool running_ = false;
    bool kept_ = false;
    std::int64_t since_ = 0;
    std::int64_t lag_ = 0;
    std::int64_t least_ = std::numeric_limits<std::int64_t>::max(); // lag
    std::int64_t ahead_ = 0;                                        // less lag than this runs ahead
};

/// Finds small losses: the lag was level, and is level again, but higher. A slope is none.
class Steps {
public:
    /// The height of the step that this observation completes.
    std::optional<std::int64_t> observe(std::int64_t now, std::int64_t lag);
    void restart() { count_ = 0; }

private:
    std::array<std::int64_t, 5> least_{}; // of five intervals, oldest first
    int count_ = 0;                       // intervals begun
    std::int64_t end_ = 0;                // of the newest
};

/// The slope over the whole track: two clocks against each other.
class Drift {
public:
    void observe(std::int64_t now, std::int64_t lag);
    void restart() { *this = {}; }
    /// Positive when the sender's clock is the faster one. nullopt in the first minute: the jitter of arrival
    /// would be all there is in the figure.
    std::optional<double> ppm() const;

private:
    static constexpr std::int64_t none = std::numeric_limits<std::int64_t>::max();
    struct Low {
        std::int64_t lag = none;
        std::int64_t at = 0;
    };
    Low first_, previous_, current_;
    int intervals_ = 0;
    std::int64_t end_ = 0;
};

} // namespace lm::wsaudiosrc
