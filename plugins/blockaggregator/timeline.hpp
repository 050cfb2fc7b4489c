#pragma once

#include <cstdint>
#include <optional>

namespace lm::blockaggregator {

/// When frame n of the track is: its PTS and its UTC time in nanoseconds. Frames are counted from an anchor,
/// so that rounding never adds up. Not thread-safe.
class Timeline {
public:
    /// How far a time stamp may be from the expected one: announced as discontinuous, or not. The second is
    /// what GStreamer's own audio elements tolerate from jittery sources.
    static constexpr uint64_t toleranceFlaggedNs = 1'000'000;
    static constexpr uint64_t toleranceNs = 40'000'000;

    void setRate(uint64_t frame, uint32_t rate);

    /// True when audio that claims `pts` for `frame` does not follow what came before.
    bool jumps(uint64_t frame, std::optional<uint64_t> pts, bool flagged) const;
    bool anchored() const { return anchored_; }
    /// From here on `frame` is at `pts`.
    void anchor(uint64_t frame, uint64_t pts);
    /// Time stamps say nothing until the next anchor; frames go on counting.
    void forget() { anchored_ = false; }
    std::optional<uint64_t> pts(uint64_t frame) const;

    /// `frame` was at `utc`. The newest observation wins, and holds for frames before and after, also across
    /// gaps.
    void observeUtc(uint64_t frame, int64_t utc);
    /// What was observed is `time` later than was told.
    void shiftUtc(int64_t time);
    std::optional<int64_t> utc(uint64_t frame) const;

private:
    struct Utc {
        int64_t utc;
        int64_t time; // of the same frame, as time() gave it
    };
    int64_t time(uint64_t frame) const;

    uint32_t rate_ = 1;
    bool anchored_ = false;
    uint64_t anchorFrame_ = 0;
    uint64_t anchorPts_ = 0;
    std::optional<Utc> utc_;
};

} // namespace lm::blockaggregator
