#include "plugins/wsaudiosrc/punctuality.hpp"

#include <algorithm>

namespace lm::wsaudiosrc {
namespace {

constexpr std::int64_t ms = 1'000'000;

// LiveKit sends and loses audio in pieces of 10 ms; less than two of them is jitter of arrival.
constexpr std::int64_t leastLoss = 20 * ms;
// A burst makes up at least `leastLoss` within this time; what flows for so long without doing that is
// nobody's burst. It is also the time over which the least lag is looked for.
constexpr std::int64_t settling = 500 * ms;
constexpr std::int64_t longestHold = 2000 * ms;
// A sender that was interrupted again starts its burst again.
constexpr std::int64_t interruption = 150 * ms;
// Clocks of good equipment differ by far less; what falls behind faster is losing audio.
constexpr std::int64_t clockTolerance = 2000; // one in so many
// The first audio's time is looked for among what comes so soon.
constexpr std::int64_t anchoring = 10'000 * ms;

} // namespace

Judgement Punctuality::observe(std::int64_t now, std::int64_t lag) {
    if (!started_) {
        started_ = true;
        begin_ = baselineAt_ = lastArrival_ = now;
        baseline_ = lag;
    }
    const std::int64_t pause = now - lastArrival_;
    const std::int64_t lagBefore = lastLag_;
    lastArrival_ = now;
    lastLag_ = lag;
    if (!behind_) {
        const bool stalled = pause >= threshold_;
        if (!stalled) pace_.observe(now, lag, pause);
        if (!stalled && lag - tolerated(now) < threshold_) {
            follow(now, lag);
            drift_.observe(now, lag);
            const auto step = pace_.kept() ? steps_.observe(now, lag) : std::nullopt;
            if (!step || lag - baseline_ < leastLoss) return {.paced = pace_.kept()};
            return decide(std::min(*step, lag - baseline_));
        }
        fallBehind(now, lag);
        if (stalled) {
            stall_ = Stall{.begin = now - pause, .duration = pause};
            withoutBurst_ = lagBefore + pause;
        }
    }
    return judge(now, lag, pause);
}

void Punctuality::fallBehind(std::int64_t now, std::int64_t lag) {
    behind_ = true;
    least_ = mark_ = lag;
    steadySince_ = now;
    holdUntil_ = now + longestHold;
}

Judgement Punctuality::judge(std::int64_t now, std::int64_t lag, std::int64_t pause) {
    least_ = std::min(least_, lag);
    if (lag <= mark_ - leastLoss) mark_ = lag, steadySince_ = now;
    if (pause >= interruption) steadySince_ = now;
    if (!pace_.kept()) return decide(lag - tolerated(now) >= threshold_ ? lag - baseline_ : 0);
    if (least_ - baseline_ < leastLoss) return decide(0);
    if (now - steadySince_ >= settling) return decide(least_ - baseline_);
    return {.hold = now < holdUntil_, .paced = true};
}

Judgement Punctuality::decide(std::int64_t missing) {
    Judgement judgement{.missing = missing, .paced = pace_.kept(), .stall = stall_};
    if (judgement.stall) judgement.stall->burst = std::max<std::int64_t>(withoutBurst_ - least_, 0);
    stall_.reset();
    behind_ = false;
    lastLag_ -= missing;
    baselineAt_ = lastArrival_;
    madeUp_ = madeUp_ || missing > 0;
    steps_.restart();
    pace_.restart();
    return judgement;
}

std::int64_t Punctuality::tolerated(std::int64_t now) const {
    return baseline_ + std::max<std::int64_t>(now - baselineAt_, 0) / clockTolerance;
}

void Punctuality::follow(std::int64_t now, std::int64_t lag) {
    if (lag - baseline_ >= leastLoss) return; // no clock does that; jitter or a loss
    std::int64_t next = std::min(lag, tolerated(now));
    // Earlier than ever before means that the first audio was stamped too late, but after something was made
    // up it may mean that it was made up too well: followed, each such error would be made up once more.
    if (madeUp_)
        next = std::max(next, baseline_);
    else if (now - begin_ <= anchoring && pace_.kept())
        early_ = std::min(early_, lag);
    baseline_ = next;
    baselineAt_ = now;
}

bool Punctuality::settled(std::int64_t now) const {
    return started_ && now - begin_ > anchoring;
}

Judgement Punctuality::idle(std::int64_t now) const {
    return {.hold = behind_ && now < holdUntil_, .paced = pace_.kept()};
}

Judgement Punctuality::finish(std::int64_t now, bool orderly) {
    if (!started_) return {};
    if (behind_) {
        const std::int64_t missing = least_ - baseline_;
        return decide(orderly && pace_.kept() && missing >= leastLoss ? missing : 0);
    }
    Judgement judgement{.paced = pace_.kept()};
    if (const std::int64_t pause = now - lastArrival_; pause >= threshold_)
        judgement.stall = Stall{.begin = lastArrival_, .duration = pause, .resumed = false};
    return judgement;
}

void Punctuality::restart(std::int64_t now) {
    *this = Punctuality(threshold_);
    started_ = true;
    begin_ = baselineAt_ = lastArrival_ = now;
    pace_.assume();
}

} // namespace lm::wsaudiosrc
