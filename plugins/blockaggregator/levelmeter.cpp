#include "plugins/blockaggregator/levelmeter.hpp"

#include "plugins/common/vectorised.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace lm::blockaggregator {

namespace {

int16_t sampleAt(const std::byte* bytes, size_t index) {
    uint16_t raw;
    std::memcpy(&raw, bytes + 2 * index, sizeof raw);
    if constexpr (std::endian::native == std::endian::big) raw = static_cast<uint16_t>(raw << 8 | raw >> 8);
    return static_cast<int16_t>(raw);
}

struct Extremes {
    int16_t lowest = 0;
    int16_t highest = 0;
};

// Plain loops without branches or calls, so that the compiler turns them into vector code: 16-bit minimum and
// maximum instead of an absolute value, which would not fit for -32768.
LM_VECTORISED Extremes extremesOf(const std::byte* bytes, size_t count) {
    int16_t lowest = 0;
    int16_t highest = 0;
    for (size_t i = 0; i < count; ++i) {
        const int16_t sample = sampleAt(bytes, i);
        lowest = std::min(lowest, sample);
        highest = std::max(highest, sample);
    }
    return {lowest, highest};
}

struct Sums {
    uint64_t squares = 0;
    int64_t samples = 0;
};

LM_VECTORISED Sums sumsOf(const std::byte* bytes, size_t count) {
    // A square has 31 bits: summed as two halves of 16 bits, a stretch fits into 32-bit lanes, and the
    // widening to 64 bits, the dear part in vector code, is left out of the loop.
    constexpr size_t stretch = 32768;
    Sums sums;
    for (size_t begin = 0; begin < count; begin += stretch) {
        const size_t end = std::min(count, begin + stretch);
        uint32_t high = 0;
        uint32_t low = 0;
        int32_t sum = 0; // of 2^15 samples of 2^15 at the most
        for (size_t i = begin; i < end; ++i) {
            const int32_t sample = sampleAt(bytes, i);
            const auto square = static_cast<uint32_t>(sample * sample);
            high += square >> 16;
            low += square & 0xFFFF;
            sum += sample;
        }
        sums.squares += (uint64_t{high} << 16) + low;
        sums.samples += sum;
    }
    return sums;
}

LM_VECTORISED uint64_t atFullScale(const std::byte* bytes, size_t count) {
    uint64_t clipped = 0;
    for (size_t i = 0; i < count; ++i) {
        const int16_t sample = sampleAt(bytes, i);
        clipped += sample == 32767 || sample == -32768;
    }
    return clipped;
}

} // namespace

double toDb(double linear) {
    return linear > 0 ? 20 * std::log10(linear) : -std::numeric_limits<double>::infinity();
}

double fromDb(double db) {
    return std::pow(10, db / 20);
}

double Levels::peakDb() const {
    return toDb(peak / fullScale);
}

double Levels::rmsDb() const {
    return toDb(rms);
}

double gainFor(const Levels& levels, const GainLimits& limits) {
    if (levels.peak == 0 || levels.rmsDb() < limits.silenceDb) return 1;
    const double wanted = std::min(fromDb(limits.targetRmsDb) / levels.rms, fromDb(limits.maxGainDb));
    return std::min(wanted, 32767.0 / levels.peak);
}

void LevelMeter::add(std::span<const std::byte> samples) {
    const size_t count = samples.size() / 2;
    const Extremes extremes = extremesOf(samples.data(), count);
    const Sums sums = sumsOf(samples.data(), count);
    sumOfSquares_ += sums.squares;
    sum_ += sums.samples;
    // Hardly ever: sound that does not touch full scale costs nothing here.
    if (extremes.highest == 32767 || extremes.lowest == -32768)
        clipped_ += atFullScale(samples.data(), count);
    lowest_ = std::min<int32_t>(lowest_, extremes.lowest);
    highest_ = std::max<int32_t>(highest_, extremes.highest);
    samples_ += count;
}

Levels LevelMeter::levels() const {
    if (samples_ == 0) return {};
    const double mean = static_cast<double>(sumOfSquares_) / static_cast<double>(samples_);
    return {static_cast<uint32_t>(std::max(highest_, -lowest_)), std::sqrt(mean) / fullScale, clipped_, sum_,
            static_cast<double>(sum_) / static_cast<double>(samples_) / fullScale};
}

} // namespace lm::blockaggregator
