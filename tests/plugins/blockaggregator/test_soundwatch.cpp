#include "plugins/blockaggregator/soundwatch.hpp"

#include <gmock/gmock.h>

namespace {

using namespace lm::blockaggregator;
using testing::HasSubstr;

constexpr AudioFormat format{1000, 2};

/// "+clipping -offset": what seconds of blocks of a second change.
class Watched {
public:
    std::string play(int seconds, Levels levels) {
        std::string told;
        for (int i = 0; i < seconds; ++i)
            told += text(watch_.observe(levels, format.rate, format));
        return told;
    }
    std::string mute(bool muted) { return text(watch_.setMuted(muted)); }

private:
    static std::string text(const std::vector<SoundAlarm>& alarms) {
        std::string all;
        for (const SoundAlarm& alarm : alarms)
            all += std::string(all.empty() ? "" : " ") + (alarm.active ? '+' : '-') + nameOf(alarm.fault) +
                   std::to_string(alarm.number);
        return all;
    }
    SoundWatch watch_;
};

/// Of a second: 2000 samples.
Levels sound(uint64_t clipped = 0, int64_t sum = 0) {
    Levels levels;
    levels.peak = clipped > 0 ? 32768 : 1000;
    levels.rms = 0.1;
    levels.clipped = clipped;
    levels.sum = sum;
    return levels;
}

constexpr int64_t onePercent = 2000 * 328; // a little more than a hundredth of full scale

TEST(SoundWatch, SaysNothingOfGoodSoundAndOfPauses) {
    Watched watched;
    EXPECT_EQ(watched.play(200, sound()), "");
    EXPECT_EQ(watched.play(119, Levels{}), "");
    EXPECT_EQ(watched.play(1, sound()), "");
    EXPECT_EQ(watched.play(119, Levels{}), "") << "a pause begins anew after every sound";
}

TEST(SoundWatch, TellsOfClippingOnceAfterTenSeconds) {
    Watched watched;
    EXPECT_EQ(watched.play(9, sound(2)), "");
    EXPECT_EQ(watched.play(1, sound(2)), "+clipping1");
    EXPECT_EQ(watched.play(100, sound(20)), "");
}

TEST(SoundWatch, DoesNotTellOfASingleClick) {
    Watched watched;
    EXPECT_EQ(watched.play(1, sound(19)), ""); // of 20,000 samples: below a thousandth
    EXPECT_EQ(watched.play(19, sound()), "");
}

TEST(SoundWatch, IsNotToldOfTheBorderAgainAndAgain) {
    Watched watched;
    EXPECT_EQ(watched.play(10, sound(2)), "+clipping1");
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(watched.play(10, sound(i % 2 ? 2 : 1)), "");
    EXPECT_EQ(watched.play(10, sound()), "-clipping1");
    EXPECT_EQ(watched.play(10, sound(5)), "+clipping2");
}

TEST(SoundWatch, TellsOfAnOffsetOfEitherSign) {
    for (const int64_t sum : {onePercent, -onePercent}) {
        Watched watched;
        EXPECT_EQ(watched.play(10, sound(0, sum)), "+offset1");
        EXPECT_EQ(watched.play(10, sound(0, sum * 6 / 10)), "");
        EXPECT_EQ(watched.play(10, sound(0, sum * 4 / 10)), "-offset1");
    }
}

TEST(SoundWatch, SpeechThatSwingsAroundZeroHasNoOffset) {
    Watched watched;
    for (int i = 0; i < 100; ++i)
        EXPECT_EQ(watched.play(1, sound(0, i % 2 ? 5 * onePercent : -5 * onePercent)), "");
}

TEST(SoundWatch, SilenceBetweenDoesNotThinClippingOut) {
    Watched watched;
    for (int i = 0; i < 9; ++i) {
        EXPECT_EQ(watched.play(1, sound(2)), "");
        EXPECT_EQ(watched.play(100, Levels{}), "");
    }
    EXPECT_EQ(watched.play(1, sound(2)), "+clipping1");
}

TEST(SoundWatch, TellsOfLastingSilenceUntilThereIsSound) {
    Watched watched;
    EXPECT_EQ(watched.play(119, Levels{}), "");
    EXPECT_EQ(watched.play(1, Levels{}), "+silence1");
    EXPECT_EQ(watched.play(1000, Levels{}), "");
    EXPECT_EQ(watched.play(1, sound()), "-silence1");
    EXPECT_EQ(watched.play(120, Levels{}), "+silence2");
}

TEST(SoundWatch, AMutedTrackMayBeSilent) {
    Watched watched;
    EXPECT_EQ(watched.mute(true), "");
    EXPECT_EQ(watched.play(1000, Levels{}), "");
    EXPECT_EQ(watched.mute(false), "");
    EXPECT_EQ(watched.play(119, Levels{}), "");
    EXPECT_EQ(watched.play(1, Levels{}), "+silence1");
    EXPECT_EQ(watched.mute(true), "-silence1");
}

TEST(SoundWatch, SaysInWordsWhatToDo) {
    EXPECT_THAT((SoundAlarm{Fault::clipping, true, 0.123, 1}.reason()), HasSubstr("12.3 %"));
    EXPECT_THAT((SoundAlarm{Fault::clipping, true, 0.123, 1}.reason()), HasSubstr("lower the gain"));
    EXPECT_THAT((SoundAlarm{Fault::offset, true, -0.05, 1}.reason()), HasSubstr("5 % of full scale"));
    EXPECT_THAT((SoundAlarm{Fault::silence, true, 120, 1}.reason()), HasSubstr("120 s"));
}

} // namespace
