#pragma once

#include "plugins/wsaudiosrc/pace.hpp"

#include <cstdint>
#include <optional>

namespace lm::wsaudiosrc {

/// No data came for a while.
struct Stall {
    std::int64_t begin = 0; // clock
    std::int64_t duration = 0;
    std::int64_t burst = 0; // of it, what came late, all at once
    bool resumed = true;    // false: the connection ended in it
};

/// What an arrival means.
struct Judgement {
    /// Keep back what has come: whether audio is missing before it is not decided yet.
    bool hold = false;
    /// So much audio is missing before what is kept back, or, without that, before what has just come.
    std::int64_t missing = 0;
    /// The sender keeps time, so what is missing may be made up with silence.
    bool paced = false;
    std::optional<Stall> stall = {}; // that is over
};

/// Tells lost audio from late audio by how far behind its time audio arrives (its lag). A sender that was
/// held up sends what it has kept as a burst: only when the burst is over, or the audio flows at its own pace
/// again, the lag that remains is audio that will never come. Until then what comes is to be held back, for a
/// bounded time. Lag only ever adds to the time of the fastest way, so minima are compared, never single
/// values. All times in nanoseconds of one monotonic clock. Not thread-safe.
class Punctuality {
public:
    /// A pause of `threshold` is a stall, so much lag at once may be a gap.
    explicit Punctuality(std::int64_t threshold) : threshold_(threshold) {}

    /// Audio arrived at `now` and ends `lag` after its time. Once missing time is reported, lags are expected
    /// to be less by it.
    Judgement observe(std::int64_t now, std::int64_t lag);
    /// Nothing came.
    Judgement idle(std::int64_t now) const;
    /// What is held is too much to be kept longer: it is let go, the decision comes later.
    void release() { holdUntil_ = 0; }
    /// Nothing more will come. After an orderly end everything the sender had has come, and what is missing
    /// before it is missing; after any other end the rest of a burst may be lost, and nothing is concluded.
    Judgement finish(std::int64_t now, bool orderly);
    /// What lags are counted from has changed: from here on 0 is on time. The sender keeps time.
    void restart(std::int64_t now);

    /// How much earlier than thought the first audio was, by what has come since.
    std::int64_t early() const { return early_; }
    /// That will not change any more.
    bool settled(std::int64_t now) const;
    /// Clock of the sender against ours, in parts per million; nullopt before it can be told.
    std::optional<double> drift() const { return drift_.ppm(); }

private:
    void fallBehind(std::int64_t now, std::int64_t lag);
    Judgement judge(std::int64_t now, std::int64_t lag, std::int64_t pause);
    Judgement decide(std::int64_t missing);
    void follow(std::int64_t now, std::int64_t lag);
    std::int64_t tolerated(std::int64_t now) const;

    std::int64_t threshold_;
    bool started_ = false;
    std::int64_t begin_ = 0; // of the first audio
    std::int64_t lastArrival_ = 0;
    std::int64_t lastLag_ = 0;
    // What counts as on time.
    std::int64_t baseline_ = 0;
    std::int64_t baselineAt_ = 0;
    std::int64_t early_ = 0;
    bool madeUp_ = false; // something was missing once
    Pace pace_;
    Steps steps_;
    Drift drift_;
    // While behind.
    bool behind_ = false;
    std::int64_t least_ = 0; // lag since
    std::int64_t mark_ = 0;  // the lag that was the last progress
    std::int64_t steadySince_ = 0;
    std::int64_t holdUntil_ = 0;
    std::optional<Stall> stall_;
    std::int64_t withoutBurst_ = 0; // the lag if nothing had been made up
};

} // namespace lm::wsaudiosrc
