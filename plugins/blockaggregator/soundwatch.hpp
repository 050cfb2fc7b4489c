#pragma once

#include "plugins/blockaggregator/blockplanner.hpp"
#include "plugins/blockaggregator/levelmeter.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace lm::blockaggregator {

/// What can be wrong with how a track sounds.
enum class Fault { clipping, offset, silence };
inline constexpr std::array allFaults{Fault::clipping, Fault::offset, Fault::silence};
/// As it stands in messages (names.hpp).
const char* nameOf(Fault fault);

/// A fault has begun or is over.
struct SoundAlarm {
    Fault fault;
    bool active;
    double value;    // share of samples at full scale, mean over full scale, seconds of silence
    uint64_t number; // of the times this fault has begun in the track, from 1
    /// For people: what it is, and what to do about it.
    std::string reason() const;
};

/// Judges a track by the levels of its blocks. Clipping and offset are judged over every `stretch` of blocks
/// that are not digital silence, and end below a part of the threshold at which they begin, so that a track
/// on the border is told of once and not all the time. Not thread-safe.
class SoundWatch {
public:
    static constexpr double stretch = 10;          // seconds of sound
    static constexpr double clippingBegins = 1e-3; // of the samples
    static constexpr double clippingEnds = 1e-4;
    static constexpr double offsetBegins = 0.01; // of full scale
    static constexpr double offsetEnds = 0.005;
    static constexpr double silenceBegins = 120; // seconds without a sample that is not 0

    /// The next block. What it changes.
    std::vector<SoundAlarm> observe(const Levels& levels, uint64_t frames, AudioFormat format);
    /// While the participant is muted silence is nothing to be told of.
    std::vector<SoundAlarm> setMuted(bool muted);

private:
    struct State {
        bool active = false;
        uint64_t begun = 0;
    };
    void judge(Fault fault, double value, double begins, double ends, std::vector<SoundAlarm>& alarms);

    std::array<State, allFaults.size()> states_{};
    bool muted_ = false;
    double silent_ = 0; // seconds, without a break
    // Of the current stretch.
    double seconds_ = 0;
    uint64_t samples_ = 0;
    uint64_t clipped_ = 0;
    int64_t sum_ = 0;
};

} // namespace lm::blockaggregator
