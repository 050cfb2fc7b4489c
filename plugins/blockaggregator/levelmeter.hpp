#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace lm::blockaggregator {

inline constexpr double fullScale = 32768;

/// Level of a stretch of S16 samples, all channels together. Full scale is 32768, so a full-scale sine has an
/// RMS of -3.01 dBFS.
struct Levels {
    uint32_t peak = 0;    // the largest |sample|, 0..32768
    double rms = 0;       // linear, 0..1
    uint64_t clipped = 0; // samples at full scale: 32767 or -32768
    int64_t sum = 0;      // of the samples
    double offset = 0;    // their mean, linear, -1..1
    double peakDb() const;
    double rmsDb() const;
};

/// 20 log10: a linear factor (1 is full scale) to dB; 0 is -infinity.
double toDb(double linear);
double fromDb(double db);

struct GainLimits {
    double targetRmsDb = -20;
    double maxGainDb = 20;
    double silenceDb = -50; // below this RMS the gain is 1
};

/// The linear factor that brings `levels` to the target RMS: at most the maximum gain, and never so much that
/// a sample would exceed 32767. Louder material gets a factor below 1. Silence gets 1.
double gainFor(const Levels& levels, const GainLimits& limits);

/// Peak and sum of squares of little-endian S16 samples, incrementally and exactly.
class LevelMeter {
public:
    /// Any alignment; an odd last byte is ignored.
    void add(std::span<const std::byte> samples);
    Levels levels() const;
    void reset() { *this = {}; }

private:
    uint64_t sumOfSquares_ = 0; // a square is at most 2^30: room for 2^34 samples
    uint64_t samples_ = 0;
    uint64_t clipped_ = 0;
    int64_t sum_ = 0;
    int32_t lowest_ = 0, highest_ = 0;
};

} // namespace lm::blockaggregator
