#pragma once

#include "plugins/imentivsink/scheduler.hpp"

#include <chrono>
#include <map>
#include <string>

namespace lm::imentivsink {

/// What an attempt tells of its endpoint.
enum class Answer {
    Good,    // it works, although it may not want this block
    Bad,     // none, or one that may pass
    Refused, // the key
    None,    // nothing: somebody cancelled the attempt, or it was never made
};

/// Keeps an endpoint that does not work from being asked by every block of every track. Closed: requests go
/// out. Open: none does, until a pause is over. Half-open: one request, the probe, is out to see whether it
/// works again. A refused key (401, 403) opens at once and is probed slowly. Pure; time and chance are
/// arguments.
class Breaker {
public:
    enum class State { Closed, Open, HalfOpen };
    struct Limits {
        unsigned failures = 5;                          // in a row that open it
        std::chrono::milliseconds pause{1000};          // before the first probe, then doubled
        std::chrono::milliseconds longest{30'000};      // the pause never exceeds
        std::chrono::milliseconds refusedPause{60'000}; // before every probe of a refused key
    };

    /// True when a request may go out. In an open breaker whose pause is over it becomes the probe.
    bool admit(Clock::time_point now);
    void succeeded();
    /// No answer, or one that may pass. `chance` (0 <= chance < 1) spreads the probes of many processes.
    void failed(Clock::time_point now, double chance);
    void refused(Clock::time_point now);
    /// The probe ended without a verdict: somebody cancelled it.
    void abandoned();

    void setLimits(const Limits& limits) { limits_ = limits; }
    State state() const { return state_; }
    bool isRefused() const { return refused_; }
    unsigned failures() const { return failures_; }
    /// When `admit` will let a probe out; meaningful while open.
    Clock::time_point probeAt() const { return probeAt_; }

private:
    void open(Clock::time_point at);

    Limits limits_;
    State state_ = State::Closed;
    bool refused_ = false;
    unsigned failures_ = 0; // in a row
    unsigned opened_ = 0;   // in a row, without a success between
    Clock::time_point probeAt_{};
};

const char* stateName(Breaker::State state);

} // namespace lm::imentivsink
