#pragma once

#include <cstdint>
#include <vector>

namespace lm::wsvideosrc {

/// Times for frames that carry none: milliseconds from the first frame, by when they arrived, each later than
/// the one before and none later than it arrived, unless more than one a millisecond come. The frames of one
/// visit came somewhere since the visit before. More than usual at once came late, together: they are spread
/// back over the time that so many usually take, so that a burst after a stall plays instead of flashing by.
/// Not thread-safe.
class ArrivalClock {
public:
    /// `wait`: milliseconds between two visits.
    explicit ArrivalClock(std::uint64_t wait) : wait_(wait) {}

    /// Of the frames that were found at `now`, milliseconds of any clock that does not go back. One time a
    /// frame.
    std::vector<std::uint64_t> place(std::uint64_t now, std::size_t frames);
    /// Of the first frame, on the clock of `place`.
    std::uint64_t origin() const { return origin_; }

private:
    const std::uint64_t wait_;
    bool begun_ = false;
    std::uint64_t origin_ = 0;
    std::uint64_t last_ = 0;     // from the origin
    double usual_ = 1000.0 / 30; // between two frames
};

} // namespace lm::wsvideosrc
