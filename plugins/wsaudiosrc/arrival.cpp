/// The part of AudioPusher that judges when audio arrives and makes up what is missing.

#include "plugins/common/names.hpp"
#include "plugins/wsaudiosrc/audiopusher.hpp"

#include <algorithm>
#include <limits>

GST_DEBUG_CATEGORY_EXTERN(gst_ws_audio_src_debug);
#define GST_CAT_DEFAULT gst_ws_audio_src_debug

namespace lm::wsaudiosrc {
namespace {

namespace names = lm::names::wsaudiosrc;

constexpr std::uint64_t maxHeldBytes = 2 << 20;
// LiveKit's format for 87 seconds. At the end of a track all of it is pushed in one visit.
constexpr std::uint64_t maxSilenceBytes = 16 << 20;

} // namespace

bool AudioPusher::judgeArrival(std::uint64_t frames) {
    const std::uint64_t running = runningTime();
    const auto now = static_cast<std::int64_t>(running);
    heard_ = frames > 0;
    if (frames == 0) return punctuality_.idle(now).hold;
    if (timeline_.anchored()) {
        arrivedLater_ += frames;
    } else {
        timeline_.anchor(frames, running, mediasource::utcAt(element_, running));
        firstArrival_ = running;
    }
    lastArrival_ = running;
    watch_.observe(now, frames * format_.bytesPerFrame());
    if (const auto alarm = watch_.takeAlarm()) raise(*alarm, running);
    // The whole visit counts before its first buffer is stamped: only then can a burst be told from a gap.
    const auto judgement =
        punctuality_.observe(now, timeline_.lag(nextSample_ + silenceLeft_ + heldFrames_, running));
    apply(judgement, running);
    if (!timeSettled_ && punctuality_.settled(now)) settleTime();
    if (!judgement.hold) mutedInSilence_ = false;
    if (heldFrames_ * format_.bytesPerFrame() < maxHeldBytes) return judgement.hold;
    punctuality_.release();
    return false;
}

void AudioPusher::apply(const Judgement& judgement, std::uint64_t running) {
    const auto missing = static_cast<std::uint64_t>(judgement.missing);
    if (judgement.stall && !wasMuted()) reportStall(*judgement.stall, missing, running);
    if (missing > 0) makeUp(missing, judgement.paced);
}

/// What came first may have come late, as on a machine that was busy: the earliest of all arrivals counts.
void AudioPusher::settleTime() {
    timeSettled_ = true;
    const std::int64_t shift = punctuality_.early();
    if (shift == 0) return;
    timeline_.shiftUtc(shift);
    firstUtc_ += shift;
    if (nextSample_ == 0) return;
    gst_pad_push_event(pad_, gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM,
                                                  gst_structure_new(names::timeEvent, "shift-ns",
                                                                    G_TYPE_INT64, gint64{shift}, nullptr)));
}

void AudioPusher::reportStall(const Stall& stall, std::uint64_t missing, std::uint64_t running) {
    ++stats_.stalls;
    stats_.stallTime += static_cast<std::uint64_t>(stall.duration);
    // By the clock of the stream: the system's may have been set since.
    const std::uint64_t end = nextSample_ + silenceLeft_ + heldFrames_;
    const std::int64_t utc =
        timeline_.utc(end) + timeline_.lag(end, running) - (static_cast<std::int64_t>(running) - stall.begin);
    GST_WARNING_OBJECT(element_,
                       "no data came for %" GST_TIME_FORMAT " at sample %" G_GUINT64_FORMAT
                       ": %" GST_TIME_FORMAT " came late, %" GST_TIME_FORMAT " never came",
                       GST_TIME_ARGS(static_cast<GstClockTime>(stall.duration)), nextSample_,
                       GST_TIME_ARGS(static_cast<GstClockTime>(stall.burst)), GST_TIME_ARGS(missing));
    post(stallMessage(nextSample_, stall, utc, static_cast<std::int64_t>(missing)));
}

void AudioPusher::makeUp(std::uint64_t missing, bool paced) {
    const bool recording = !(settings_.dropMuted && wasMuted());
    std::uint64_t fill = paced && recording ? std::min(missing, settings_.maxFill) : 0;
    std::uint64_t frames = timeline_.frames(fill);
    if (const std::uint64_t most = mostSilence(); frames > most) {
        frames = most;
        fill = timeline_.duration(frames);
    }
    if (format_.channels == 1) frames -= frames % 2; // pairs stay pairs if there are two channels after all
    if (fill < missing) {
        timeline_.skip(nextSample_, missing - fill);
        discontDue_ = anchorDue_ = true;
    }
    silenceLeft_ += frames;
    ++stats_.gaps;
    stats_.gapTime += missing;
    stats_.filled += frames;
    if (mutedInSilence_) stats_.mutedSamples += frames;
    stats_.unfilledTime += missing - fill;
    GST_WARNING_OBJECT(element_,
                       "%" GST_TIME_FORMAT " of audio are missing before sample %" G_GUINT64_FORMAT
                       ": %" GST_TIME_FORMAT " of silence are put in, the rest is skipped",
                       GST_TIME_ARGS(missing), nextSample_, GST_TIME_ARGS(fill));
    post(gapMessage(nextSample_, missing, frames, missing - fill));
}

/// Frames of silence that may still be put in.
std::uint64_t AudioPusher::mostSilence() const {
    const std::uint64_t most = maxSilenceBytes / format_.bytesPerFrame();
    return most - std::min(most, silenceLeft_);
}

/// By what came after the first arrival, whose audio is older than the measured time.
void AudioPusher::measureRate() {
    constexpr std::uint64_t least = 1'000'000'000;
    const std::uint64_t time = lastArrival_ - firstArrival_;
    if (time < least) return;
    const double frames = static_cast<double>(arrivedLater_) / (static_cast<double>(time) / 1e9);
    stats_.rateRatio = frames / format_.rate;
    stats_.byteRate = frames * format_.bytesPerFrame();
}

} // namespace lm::wsaudiosrc
