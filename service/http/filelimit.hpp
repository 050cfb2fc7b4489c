#pragma once

#include <algorithm>
#include <cstdint>

namespace lm::http {

/// Raises the limit of open descriptors to what the process may have; returns the limit then in force.
std::uint64_t raiseFileLimit();

/// How many descriptors the process may still open, and how many of them are not for everybody: recordings in
/// progress, their log and the connections that deliver their blocks go on when newcomers have to wait.
class DescriptorRoom {
public:
    /// Asks the kernel: it hands out the lowest free number, so one probe tells how many lie above.
    /// Thread-safe.
    static DescriptorRoom now();
    DescriptorRoom(std::uint64_t left, std::uint64_t limit) : left_(left), limit_(limit) {}

    /// One more HTTP connection.
    bool forConnection() const { return left_ > reserve(); }
    /// One more track beside `admitted` that were let in and have not opened anything yet. Half of the
    /// reserve is theirs: a crowd of connections does not keep out the egress among them.
    bool forTrack(std::uint64_t admitted) const { return left_ >= reserve() / 2 + perTrack * (admitted + 1); }
    std::uint64_t left() const { return left_; }

private:
    /// What a track opens beyond its socket: recording, log, delivery, and one to spare.
    static constexpr std::uint64_t perTrack = 4;
    std::uint64_t reserve() const { return std::min<std::uint64_t>(limit_ / 4, 64); }

    std::uint64_t left_;
    std::uint64_t limit_;
};

} // namespace lm::http
