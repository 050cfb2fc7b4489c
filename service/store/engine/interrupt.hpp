#pragma once

#include "plugins/common/ownedfd.hpp"

#include <chrono>

namespace lm::store {

/// Ends the waits of the thread that talks to the database. Raised once, for good; any thread.
class Interrupt {
public:
    Interrupt();
    void raise();
    bool raised() const;
    /// Waits until it is raised or `time` has passed; true when it is raised.
    bool waitFor(std::chrono::milliseconds time) const;
    /// Readable once raised, for poll.
    int fd() const { return event_.get(); }

private:
    OwnedFd event_;
};

} // namespace lm::store
