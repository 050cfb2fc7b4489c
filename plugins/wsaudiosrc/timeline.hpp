#pragma once

#include <cstdint>

namespace lm::wsaudiosrc {

/// When frame n of a track is. The wire carries no timestamps: the clocks are read once, where the audio
/// starts, and everything else follows from the count of frames, so neither jitter of the network nor a step
/// of the system clock reaches a timestamp. All times in nanoseconds. Not thread-safe.
class Timeline {
public:
    explicit Timeline(std::uint32_t rate) : rate_(rate) {}

    bool anchored() const { return anchored_; }
    /// The first `frames` frames had all arrived at `running` (pipeline running time) and `utc` (Unix time):
    /// they are taken to end there.
    void anchor(std::uint64_t frames, std::uint64_t running, std::int64_t utc);
    /// Time passes without frames before frame `sample`.
    void skip(std::uint64_t sample, std::uint64_t time);
    /// The UTC of every frame is `time` later than thought.
    void shiftUtc(std::int64_t time);
    /// The bytes so far were frames of `factor` times the size, `frames` of which, counted so, had all
    /// arrived at `running`. The first frames keep their place, unless time was skipped: how much in truth is
    /// not known, so these are taken to end at `running`.
    void widen(std::uint32_t factor, std::uint64_t frames, std::uint64_t running);
    /// Time was skipped: frames before the newest skip have no time any more.
    bool skipped() const { return skipped_; }

    /// Start of the frame `sample`, counted from the first one, at or after the newest skip. Never before the
    /// pipeline started.
    std::uint64_t pts(std::uint64_t sample) const;
    std::int64_t utc(std::uint64_t sample) const { return anchorUtc_ + fromAnchor(sample); }
    /// How long after its time audio that ends before frame `end` has come, when it has come at `running`.
    std::int64_t lag(std::uint64_t end, std::uint64_t running) const {
        return static_cast<std::int64_t>(running - pts(end));
    }
    std::uint64_t duration(std::uint64_t frames) const;
    /// Whole frames in a time, to the nearest one.
    std::uint64_t frames(std::uint64_t time) const;

private:
    void place(std::uint64_t frames);
    std::int64_t fromAnchor(std::uint64_t sample) const;

    std::uint64_t rate_;
    std::uint64_t anchorSample_ = 0;
    std::uint64_t anchorPts_ = 0;
    std::int64_t anchorUtc_ = 0;
    std::uint64_t firstFrames_ = 0; // of the first arrival
    std::uint64_t firstRunning_ = 0;
    std::int64_t firstUtc_ = 0;
    bool anchored_ = false;
    bool skipped_ = false;
};

} // namespace lm::wsaudiosrc
