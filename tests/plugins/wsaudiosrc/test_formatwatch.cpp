#include "plugins/wsaudiosrc/formatwatch.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

using lm::wsaudiosrc::AudioFormat;
using lm::wsaudiosrc::FormatAlarm;
using lm::wsaudiosrc::FormatWatch;

namespace {

constexpr std::int64_t tick = 50'000'000;
constexpr AudioFormat mono{48000, 1};
constexpr AudioFormat stereo{48000, 2};

using Pcm = std::vector<std::int16_t>;

Pcm sound(std::size_t pairs, bool equal) {
    Pcm pcm;
    for (std::size_t i = 0; i < pairs; ++i) {
        const auto left =
            static_cast<std::int16_t>(std::lround(8000 * std::sin(0.05 * static_cast<double>(i))));
        pcm.push_back(left);
        pcm.push_back(equal ? left : static_cast<std::int16_t>(left / 2));
    }
    return pcm;
}

/// Feeds a watch in ticks, at `rate` bytes a second, with samples when it wants them.
class Stream {
public:
    explicit Stream(AudioFormat declared) : watch(declared) {}

    void flow(int ticks, double rate, const Pcm& pcm) {
        for (int i = 0; i < ticks; ++i) {
            now += tick;
            const auto bytes = static_cast<std::uint64_t>(rate / 20);
            if (watch.wantsAudio()) {
                ++examined;
                watch.examine(position, std::as_bytes(std::span(pcm)));
            }
            watch.observe(now, bytes);
            position += bytes;
            if (auto found = watch.takeAlarm()) alarm = found, ++alarms;
        }
    }

    FormatWatch watch;
    std::int64_t now = 0;
    std::uint64_t position = 0;
    std::optional<FormatAlarm> alarm;
    int alarms = 0, examined = 0;
};

} // namespace

TEST(FormatWatch, TwiceTheBytesWithEqualPairsAreTwoChannels) {
    Stream stream(mono);
    stream.flow(400, 192'000, sound(2400, true));
    ASSERT_TRUE(stream.alarm);
    EXPECT_TRUE(stream.alarm->certain);
    EXPECT_EQ(stream.alarm->measured, stereo);
    EXPECT_NEAR(stream.alarm->ratio, 2, 0.05);
    EXPECT_NEAR(stream.alarm->byteRate, 192'000, 5000);
    EXPECT_EQ(stream.alarms, 1);
    EXPECT_LE(stream.examined, 12) << "samples are looked at for half a second of sound";
}

TEST(FormatWatch, TwiceTheBytesOfDifferentPairsAreReportedButNotCertain) {
    Stream stream(mono);
    stream.flow(400, 192'000, sound(2400, false));
    ASSERT_TRUE(stream.alarm);
    EXPECT_FALSE(stream.alarm->certain);
    EXPECT_EQ(stream.alarm->measured, stereo);
}

TEST(FormatWatch, SilenceDecidesNothing) {
    Stream stream(mono);
    stream.flow(400, 192'000, Pcm(4800, 0));
    EXPECT_FALSE(stream.alarm);
    stream.flow(100, 192'000, sound(2400, true));
    ASSERT_TRUE(stream.alarm);
    EXPECT_TRUE(stream.alarm->certain);
}

TEST(FormatWatch, ALevelWithoutSoundIsNoEvidence) {
    Stream stream(mono);
    stream.flow(400, 192'000, Pcm(4800, 100));
    ASSERT_TRUE(stream.alarm);
    EXPECT_FALSE(stream.alarm->certain);
}

TEST(FormatWatch, WhatIsAsDeclaredIsNeverLookedAt) {
    for (const auto& [format, rate] : {std::pair(mono, 96'000.0), std::pair(stereo, 192'000.0)}) {
        Stream stream(format);
        stream.flow(400, rate, sound(2400, true));
        EXPECT_FALSE(stream.alarm);
        EXPECT_EQ(stream.examined, 0);
    }
}

TEST(FormatWatch, AnotherRateIsReportedWithTheFormatThatFits) {
    Stream stream({16000, 1});
    stream.flow(400, 192'000, {});
    ASSERT_TRUE(stream.alarm);
    EXPECT_FALSE(stream.alarm->certain);
    EXPECT_EQ(stream.alarm->measured, stereo);
    EXPECT_NEAR(stream.alarm->ratio, 6, 0.2);

    Stream cd({44100, 2});
    cd.flow(400, 192'000, {});
    ASSERT_TRUE(cd.alarm);
    EXPECT_EQ(cd.alarm->measured, stereo);
}

TEST(FormatWatch, TheBurstAfterAStallIsNoRate) {
    Stream stream(mono);
    for (int i = 0; i < 20; ++i) {
        stream.flow(30, 96'000, sound(1200, true));
        stream.now += 40 * tick; // a stall of two seconds
        stream.flow(1, 41 * 96'000, sound(1200, true));
    }
    EXPECT_FALSE(stream.alarm);
    EXPECT_EQ(stream.examined, 0);
}

TEST(FormatWatch, AFileSentAsFastAsItGoesIsNoLie) {
    Stream stream(mono);
    stream.flow(400, 96'000 * 60, sound(1200, true));
    EXPECT_FALSE(stream.alarm);
}

TEST(FormatWatch, PairsAreCountedFromTheFirstByteOfTheTrack) {
    Stream stream(mono);
    stream.flow(62, 192'000, {});
    ASSERT_TRUE(stream.watch.wantsAudio());
    Pcm shifted = sound(30'000, true);
    shifted.erase(shifted.begin()); // what comes next begins with a right sample
    stream.watch.examine(stream.position + 2, std::as_bytes(std::span(shifted)));
    const auto alarm = stream.watch.takeAlarm();
    ASSERT_TRUE(alarm);
    EXPECT_TRUE(alarm->certain);
}
