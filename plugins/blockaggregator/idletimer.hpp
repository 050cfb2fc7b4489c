#pragma once

#include "plugins/common/handles.hpp"

#include <memory>

namespace lm::blockaggregator {

/// Tells an element that nothing has come for a period, by the element's clock (the system clock without
/// one). A touch reads the clock; the clock's own timer is used at most once in a period. All functions are
/// thread-safe.
class IdleTimer {
public:
    /// Called on a thread of the clock, which must not be blocked; the element is alive during the call.
    using OnIdle = void (*)(GstElement* owner);

    IdleTimer(GstElement* owner, OnIdle onIdle);
    ~IdleTimer();
    IdleTimer(const IdleTimer&) = delete;
    IdleTimer& operator=(const IdleTimer&) = delete;

    /// nullptr: the system clock.
    void setClock(GstClock* clock);
    /// From now on a touch begins a period; a period of 0 never ends.
    void start(GstClockTime period);
    /// No call begins after this; one that runs is not waited for.
    void stop();
    void touch();
    /// True when the period after the last touch is over.
    bool expired() const;

private:
    struct Core;
    std::shared_ptr<Core> core_; // shared with the timers that are still known to the clock
};

} // namespace lm::blockaggregator
