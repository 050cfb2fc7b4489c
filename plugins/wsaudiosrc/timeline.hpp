#pragma once

#include <cstdint>

namespace lm::wsaudiosrc {

/// Gives times to frames by counting them. The wire carries no timestamps: the clock is read where the audio
/// starts and after a gap, everything between follows from the count, so jitter of the network never reaches
/// a timestamp. All times in nanoseconds. Not thread-safe.
class Timeline {
public:
    Timeline(std::uint32_t rate, std::uint64_t gapThreshold) : rate_(rate), gapThreshold_(gapThreshold) {}

    /// What one visit brought: `frames` frames that had all arrived at `running` (pipeline running time) and
    /// `utc` (Unix time). The audio is taken to end there when an anchor is set. When the stream has fallen
    /// behind the clock by the threshold or more, at once or little by little, audio is missing: the time is
    /// skipped, and returned. A pause that ends in as much audio, all at once, was only a stall.
    std::uint64_t arrive(std::uint64_t frames, std::uint64_t running, std::int64_t utc);

    /// Start of the frame `sample`, counted from the first one, at or after the newest anchor.
    std::uint64_t pts(std::uint64_t sample) const { return anchorPts_ + duration(sample - anchorSample_); }
    std::int64_t utc(std::uint64_t sample) const {
        return anchorUtc_ + static_cast<std::int64_t>(duration(sample - anchorSample_));
    }
    /// Frames that have arrived.
    std::uint64_t samples() const { return samples_; }

private:
    std::uint64_t duration(std::uint64_t frames) const;
    /// `lag`: how long after its time the newest audio has come.
    std::uint64_t gapBefore(std::int64_t lag, std::uint64_t running);

    std::uint64_t rate_;
    std::uint64_t gapThreshold_;
    std::uint64_t samples_ = 0;
    std::uint64_t anchorSample_ = 0;
    std::uint64_t anchorPts_ = 0;
    std::int64_t anchorUtc_ = 0;
    std::uint64_t lastArrival_ = 0;
    std::int64_t leastLag_ = 0; // what counts as being on time
    bool anchored_ = false;
};

} // namespace lm::wsaudiosrc
