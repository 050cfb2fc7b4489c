#include "plugins/blockaggregator/soundwatch.hpp"

#include <cmath>
#include <cstdio>

namespace lm::blockaggregator {

namespace {

std::string percent(double share) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3g %%", 100 * share);
    return text;
}

} // namespace

const char* nameOf(Fault fault) {
    switch (fault) {
    case Fault::clipping:
        return "clipping";
    case Fault::offset:
        return "offset";
    case Fault::silence:
        return "silence";
    }
    return "";
}

std::string SoundAlarm::reason() const {
    switch (fault) {
    case Fault::clipping:
        if (!active) return "the sound does not clip any more";
        return "the sound clips, " + percent(value) +
               " of its samples are at full scale: lower the gain of the microphone";
    case Fault::offset:
        if (!active) return "the sound is centred again";
        return "the sound lies " + percent(std::abs(value)) +
               " of full scale beside zero (DC offset): look at the microphone, its cable or its sound card";
    case Fault::silence:
        if (!active) return "the digital silence is over";
        return "nothing but digital silence for " + std::to_string(std::lround(value)) +
               " s, and the track is not muted: look whether the microphone is connected";
    }
    return "";
}

std::vector<SoundAlarm> SoundWatch::observe(const Levels& levels, uint64_t frames, AudioFormat format) {
    std::vector<SoundAlarm> alarms;
    if (frames == 0 || format.rate == 0) return alarms;
    const double seconds = static_cast<double>(frames) / format.rate;
    if (levels.peak == 0) {
        silent_ = muted_ ? 0 : silent_ + seconds;
        if (silent_ > 0) judge(Fault::silence, silent_, silenceBegins, 0, alarms);
        return alarms;
    }
    silent_ = 0;
    judge(Fault::silence, 0, silenceBegins, silenceBegins, alarms);
    seconds_ += seconds;
    samples_ += frames * format.channels;
    clipped_ += levels.clipped;
    sum_ += levels.sum;
    if (seconds_ < stretch) return alarms;
    const auto samples = static_cast<double>(samples_);
    judge(Fault::clipping, static_cast<double>(clipped_) / samples, clippingBegins, clippingEnds, alarms);
    judge(Fault::offset, static_cast<double>(sum_) / samples / fullScale, offsetBegins, offsetEnds, alarms);
    seconds_ = 0;
    samples_ = clipped_ = 0;
    sum_ = 0;
    return alarms;
}

std::vector<SoundAlarm> SoundWatch::setMuted(bool muted) {
    std::vector<SoundAlarm> alarms;
    muted_ = muted;
    silent_ = 0;
    if (muted) judge(Fault::silence, 0, silenceBegins, silenceBegins, alarms);
    return alarms;
}

void SoundWatch::judge(Fault fault, double value, double begins, double ends,
                       std::vector<SoundAlarm>& alarms) {
    State& state = states_[static_cast<size_t>(fault)];
    const double size = std::abs(value);
    if (state.active ? size >= ends : size < begins) return;
    state.active = !state.active;
    if (state.active) ++state.begun;
    alarms.push_back({fault, state.active, value, state.begun});
}

} // namespace lm::blockaggregator
