#include "plugins/blockaggregator/levelmeter.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <numbers>
#include <random>
#include <vector>

namespace {

using namespace lm::blockaggregator;

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Little endian whatever the machine is, and at an odd address when `offset` is 1.
Levels measure(const std::vector<int>& samples, size_t offset = 0) {
    std::vector<std::byte> bytes(offset + samples.size() * 2);
    for (size_t i = 0; i < samples.size(); ++i) {
        bytes[offset + 2 * i] = static_cast<std::byte>(samples[i] & 0xff);
        bytes[offset + 2 * i + 1] = static_cast<std::byte>((samples[i] >> 8) & 0xff);
    }
    LevelMeter meter;
    meter.add(std::span(bytes).subspan(offset));
    return meter.levels();
}

TEST(LevelMeter, NothingAndZerosAreDigitalSilence) {
    EXPECT_EQ(LevelMeter().levels().peakDb(), -infinity);
    const Levels levels = measure(std::vector<int>(1000, 0));
    EXPECT_EQ(levels.peakDb(), -infinity);
    EXPECT_EQ(levels.rmsDb(), -infinity);
}

TEST(LevelMeter, FullScaleIsZeroDb) {
    const Levels levels = measure(std::vector<int>(999, -32768));
    EXPECT_EQ(levels.peak, 32768u);
    EXPECT_DOUBLE_EQ(levels.peakDb(), 0);
    EXPECT_DOUBLE_EQ(levels.rmsDb(), 0);
}

TEST(LevelMeter, CountsWhatIsAtFullScale) {
    EXPECT_EQ(measure({32767, 32766, -32768, -32767, 0, 32767}).clipped, 3u);
    EXPECT_EQ(measure(std::vector<int>(70'000, 32766)).clipped, 0u);
    EXPECT_EQ(measure(std::vector<int>(70'000, -32768)).clipped, 70'000u);
}

TEST(LevelMeter, KnowsTheMean) {
    EXPECT_DOUBLE_EQ(measure({3277, -3277, 3277, -3277}).offset, 0);
    EXPECT_DOUBLE_EQ(measure(std::vector<int>(70'001, 16384)).offset, 0.5);
    EXPECT_DOUBLE_EQ(measure(std::vector<int>(70'001, -32768)).offset, -1);
    EXPECT_EQ(measure({5, -2, 4}).sum, 7);
}

TEST(LevelMeter, ASineHasItsTextbookLevel) {
    std::vector<int> samples(48000);
    for (size_t i = 0; i < samples.size(); ++i)
        samples[i] = static_cast<int>(
            std::lround(16384 * std::sin(2 * std::numbers::pi * 1000 * static_cast<double>(i) / 48000)));
    const Levels levels = measure(samples);
    EXPECT_EQ(levels.peak, 16384u);
    EXPECT_NEAR(levels.rmsDb(), -6.02 - 3.01, 0.01);
}

TEST(LevelMeter, IsExactForEveryLengthAndAlignment) {
    std::mt19937 random(7);
    std::uniform_int_distribution<int> any(-32768, 32767);
    for (int count = 1; count < 200; ++count) {
        std::vector<int> samples(static_cast<size_t>(count));
        double sum = 0;
        uint32_t peak = 0;
        for (int& sample : samples) {
            sample = any(random);
            sum += static_cast<double>(sample) * sample;
            peak = std::max(peak, static_cast<uint32_t>(std::abs(sample)));
        }
        for (const size_t offset : {0u, 1u}) {
            const Levels levels = measure(samples, offset);
            ASSERT_EQ(levels.peak, peak) << count;
            ASSERT_DOUBLE_EQ(levels.rms, std::sqrt(sum / count) / 32768) << count;
        }
    }
}

TEST(LevelMeter, PiecesMeasureLikeTheWhole) {
    std::vector<std::byte> bytes(6000);
    for (size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::byte>(i * 31 % 251);
    LevelMeter whole;
    whole.add(bytes);
    LevelMeter pieces;
    for (size_t at = 0; at < bytes.size(); at += 30)
        pieces.add(std::span(bytes).subspan(at, 30));
    EXPECT_EQ(pieces.levels().peak, whole.levels().peak);
    EXPECT_DOUBLE_EQ(pieces.levels().rms, whole.levels().rms);
    pieces.reset();
    EXPECT_EQ(pieces.levels().peak, 0u);
}

Levels levelsOf(uint32_t peak, double rmsDb) {
    return {peak, fromDb(rmsDb)};
}

TEST(Gain, BringsTheBlockToTheTarget) {
    EXPECT_NEAR(toDb(gainFor(levelsOf(3000, -30), {-20, 40, -60})), 10, 1e-9);
}

TEST(Gain, LoudMaterialIsAttenuated) {
    EXPECT_NEAR(toDb(gainFor(levelsOf(32000, -6), {-20, 40, -60})), -14, 1e-9);
}

TEST(Gain, NeverExceedsTheMaximum) {
    EXPECT_NEAR(toDb(gainFor(levelsOf(40, -59), {-20, 12, -60})), 12, 1e-9);
}

TEST(Gain, SilenceIsNeverAmplified) {
    EXPECT_EQ(gainFor(Levels{}, {-20, 40, -120}), 1);
    EXPECT_EQ(gainFor(levelsOf(20, -60.01), {-20, 40, -60}), 1);
    EXPECT_GT(gainFor(levelsOf(20, -59.99), {-20, 40, -60}), 1);
}

TEST(Gain, NeverClipsWhateverThePeak) {
    for (uint32_t peak = 1; peak <= 32768; ++peak) {
        // The quietest RMS a peak can have asks for the most gain. Elements take it as float.
        const auto gain = static_cast<float>(gainFor({peak, 1e-5}, {0, 60, -120}));
        ASSERT_LE(std::lround(static_cast<double>(gain) * peak), 32767) << peak;
    }
}

TEST(Gain, IsOneStepBelowUnityForTheLowestSample) {
    EXPECT_DOUBLE_EQ(gainFor(measure({-32768, 0, 0, 0}), {0, 60, -60}), 32767.0 / 32768);
}

} // namespace
