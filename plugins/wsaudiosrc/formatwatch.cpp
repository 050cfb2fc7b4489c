#include "plugins/wsaudiosrc/formatwatch.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>

namespace lm::wsaudiosrc {
namespace {

constexpr std::int64_t second = 1'000'000'000;
// A second that takes so long had a pause in it.
constexpr std::int64_t longestSecond = 1'300'000'000;
constexpr double agreement = 0.04; // between the seconds of one run
constexpr double rightTolerance = 0.04;
constexpr double guessTolerance = 0.04;
constexpr double doubledTolerance = 0.1;
constexpr int doubledSeconds = 3; // the samples are looked at as well
constexpr int certainSeconds = 6;
// Beyond the largest lie (8 kHz mono for 96 kHz stereo) a sender keeps no time at all.
constexpr double greatestRatio = 25;

std::int16_t sampleAt(const std::byte* bytes) {
    std::uint16_t raw;
    std::memcpy(&raw, bytes, sizeof raw);
    if constexpr (std::endian::native == std::endian::big)
        raw = static_cast<std::uint16_t>(raw << 8 | raw >> 8);
    return static_cast<std::int16_t>(raw);
}

} // namespace

void PairCheck::add(std::span<const std::byte> samples) {
    for (std::size_t at = 0; at + 2 <= samples.size(); at += 2) {
        const std::int16_t sample = sampleAt(&samples[at]);
        if (!left_) {
            left_ = sample;
            continue;
        }
        if (*left_ != 0 || sample != 0) {
            ++sounding_;
            different_ += *left_ != sample;
            moving_ += sample != last_;
        }
        last_ = sample;
        left_.reset();
    }
}

bool PairCheck::equal() const {
    return different_ * 1000 <= sounding_ && moving_ * 20 >= sounding_;
}

void FormatWatch::Run::add(double ratio) {
    const double low = seconds == 0 ? ratio : std::min(least, ratio);
    const double high = seconds == 0 ? ratio : std::max(most, ratio);
    if (high - low > agreement * high) {
        *this = {1, ratio, ratio, ratio};
        return;
    }
    *this = {seconds + 1, low, high, sum + ratio};
}

void FormatWatch::observe(std::int64_t now, std::uint64_t bytes) {
    if (state_ == State::Settled) return;
    if (!std::exchange(started_, true)) {
        since_ = now; // what came first is older than the time that is measured
        return;
    }
    bytes_ += bytes;
    const std::int64_t elapsed = now - since_;
    if (elapsed < second) return;
    const double expected = static_cast<double>(declared_.rate) * declared_.bytesPerFrame() *
                            static_cast<double>(elapsed) / static_cast<double>(second);
    const double ratio = static_cast<double>(bytes_) / expected;
    since_ = now;
    bytes_ = 0;
    if (elapsed > longestSecond)
        run_ = {};
    else
        closeSecond(ratio);
}

void FormatWatch::closeSecond(double ratio) {
    run_.add(ratio);
    if (state_ != State::Measuring) return;
    const double mean = run_.mean();
    if (declared_.channels == 1 && run_.seconds >= doubledSeconds &&
        std::abs(mean / 2 - 1) < doubledTolerance)
        state_ = State::Doubled;
    else if (run_.seconds >= doubledSeconds && std::abs(mean - 1) <= rightTolerance)
        state_ = State::Settled;
    else if (run_.seconds >= certainSeconds && mean < greatestRatio && mean > 1 / greatestRatio)
        settle(false);
}

void FormatWatch::examine(std::uint64_t position, std::span<const std::byte> samples) {
    if (state_ != State::Doubled || samples.empty()) return;
    // Pairs are counted from the first byte of the stream.
    if (!examined_ && position % 4 != 0) samples = samples.subspan(std::min<std::size_t>(2, samples.size()));
    examined_ = true;
    pairs_.add(samples);
    if (pairs_.decided()) settle(pairs_.equal());
}

void FormatWatch::settle(bool certain) {
    state_ = State::Settled;
    const double ratio = run_.mean();
    const double byteRate = ratio * declared_.rate * declared_.bytesPerFrame();
    alarm_ = FormatAlarm{declared_, certain ? AudioFormat{declared_.rate, 2} : guess(byteRate), byteRate,
                         ratio, certain};
}

AudioFormat FormatWatch::guess(double byteRate) const {
    constexpr AudioFormat usual[] = {{48000, 2}, {48000, 1}, {16000, 1}, {44100, 2}, {44100, 1}, {24000, 1},
                                     {8000, 1},  {32000, 1}, {16000, 2}, {22050, 1}, {96000, 2}, {96000, 1}};
    const auto fits = [&](const AudioFormat& format) {
        const double bytes = static_cast<double>(format.rate) * format.bytesPerFrame();
        return std::abs(byteRate / bytes - 1) < guessTolerance;
    };
    // The declared rate with other channels first: that is the usual mistake.
    for (const std::uint32_t channels : {2u, 1u})
        if (const AudioFormat same{declared_.rate, channels}; fits(same)) return same;
    for (const AudioFormat& format : usual)
        if (fits(format)) return format;
    return declared_;
}

std::optional<FormatAlarm> FormatWatch::takeAlarm() {
    return std::exchange(alarm_, std::nullopt);
}

} // namespace lm::wsaudiosrc
