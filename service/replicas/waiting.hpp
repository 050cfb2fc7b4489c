#pragma once

#include <atomic>
#include <cstddef>

namespace lm::replicas {

/// What may wait between the relay and the sessions, in each direction: broadcasts are for the moment.
inline constexpr std::size_t maxWaitingMessages = 4096;
inline constexpr std::size_t maxWaitingBytes = 16 << 20;

/// Counts what waits. Any thread.
class Waiting {
public:
    /// False when it would be too much; else `give` has to follow with the same number.
    bool take(std::size_t bytes) {
        const bool few = messages_.fetch_add(1) < maxWaitingMessages;
        if (bytes_.fetch_add(bytes) + bytes <= maxWaitingBytes && few) return true;
        give(bytes);
        return false;
    }
    void give(std::size_t bytes) {
        --messages_;
        bytes_ -= bytes;
    }

private:
    std::atomic<std::size_t> messages_{0}, bytes_{0};
};

} // namespace lm::replicas
