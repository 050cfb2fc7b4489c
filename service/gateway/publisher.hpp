#pragma once

#include <string>

namespace lm::gateway {

/// Who carries events of the daemon to the clients in a room.
class Publisher {
public:
    virtual ~Publisher() = default;
    /// Nobody would hear: nothing needs to be made.
    virtual bool idle() const = 0;
    /// `event` is its name, `json` its value. Any thread; never waits: what is too much is dropped and
    /// counted.
    virtual void publish(const std::string& room, const char* event, std::string json) = 0;
};

} // namespace lm::gateway
