#include "service/exports/sound.hpp"
#include "tests/service/exports/files.hpp"
#include "tests/support/temporarydirectory.hpp"

#include <gtest/gtest.h>

namespace lm::exports {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

class Sounds : public ::testing::Test {
protected:
    /// At 1000 Hz: a frame is a millisecond.
    SoundFile at(milliseconds start, std::size_t frames, std::int16_t sample, std::uint32_t rate = 1000) {
        const auto file = directory_.path() / (std::to_string(++files_) + ".wav");
        auto sound = examineSound(snapshotOf(file, wavOf(frames, sample, rate)), "it", start);
        if (!sound) throw std::runtime_error(sound.error().message);
        return *sound;
    }
    /// Every sample, as a run: `3x0 2x7`. Fails when portions do not follow each other.
    static std::string played(Sound sound) {
        std::vector<int> samples;
        nanoseconds end{0};
        for (;;) {
            const auto next = sound.next();
            if (!next) return next.error().message + " at " + next.error().where;
            if (!*next) break;
            const Portion& portion = **next;
            EXPECT_EQ(portion.begin, end);
            end = portion.begin + portion.duration;
            for (std::size_t i = 0; i < portion.bytes.size(); i += 2)
                samples.push_back(static_cast<unsigned char>(portion.bytes[i]));
        }
        std::string runs;
        for (std::size_t i = 0, begin = 0; i < samples.size(); ++i)
            if (i + 1 == samples.size() || samples[i + 1] != samples[i]) {
                if (!runs.empty()) runs += ' ';
                runs += std::to_string(i + 1 - begin) + 'x' + std::to_string(samples[i]);
                begin = i + 1;
            }
        return runs;
    }

    const test::TemporaryDirectory directory_;
    int files_ = 0;
};

TEST_F(Sounds, BeginWithSilenceUntilTheirFirstSample) {
    EXPECT_EQ(played(Sound({at(milliseconds(0), 10, 7)})), "10x7");
    EXPECT_EQ(played(Sound({at(milliseconds(3), 10, 7)})), "3x0 10x7");
    EXPECT_EQ(played(Sound({at(milliseconds(20'000), 10'000, 7)})), "20000x0 10000x7");
}

TEST_F(Sounds, HaveSilenceBetweenPartsThatAreApart) {
    EXPECT_EQ(played(Sound({at(milliseconds(2), 10, 7), at(milliseconds(32), 5, 8)})), "2x0 10x7 20x0 5x8");
}

TEST_F(Sounds, FollowEachOtherWhenTheirTimesAreWithinAFewMilliseconds) {
    for (const int start : {6, 10, 14})
        EXPECT_EQ(played(Sound({at(milliseconds(0), 10, 7), at(milliseconds(start), 5, 8)})), "10x7 5x8")
            << start;
}

TEST_F(Sounds, LoseWhatLiesUnderThePartBefore) {
    EXPECT_EQ(played(Sound({at(milliseconds(0), 100, 7), at(milliseconds(80), 50, 8)})), "100x7 30x8");
    EXPECT_EQ(played(Sound(
                  {at(milliseconds(0), 100, 7), at(milliseconds(10), 20, 8), at(milliseconds(110), 5, 9)})),
              "100x7 10x0 5x9");
}

TEST_F(Sounds, KeepTheirPlaceWhenTheRateChanges) {
    Sound sound({at(milliseconds(0), 100, 7), at(milliseconds(200), 100, 8, 2000)});
    nanoseconds end{0};
    std::vector<std::uint32_t> rates;
    for (auto next = sound.next(); next && *next; next = sound.next()) {
        EXPECT_EQ((*next)->begin, end);
        end = (*next)->begin + (*next)->duration;
        rates.push_back((*next)->format.rate);
    }
    EXPECT_EQ(end, milliseconds(250));
    EXPECT_EQ(rates, (std::vector<std::uint32_t>{1000, 2000, 2000}))
        << "the silence has that of what follows";
}

TEST_F(Sounds, SayWhichFileCannotBeReadToItsEnd) {
    auto file = at(milliseconds(0), 10'000, 7);
    std::filesystem::resize_file(directory_.path() / "1.wav", 5000);
    EXPECT_EQ(played(Sound({file})), "a recording cannot be read to its end at it");
}

TEST_F(Sounds, AreTakenAsFarAsTheyAreFromAFileThatIsBeingWritten) {
    const std::string whole = wavOf(10, 7);
    const auto snapshot = snapshotOf(directory_.path() / "w.wav", whole + std::string(7, '\7'));
    EXPECT_EQ(examineSound(snapshot, "it", {})->frames, 13u);
}

TEST_F(Sounds, AreOf16Bits) {
    const auto wrong = [&](const std::string& text) {
        const auto examined = examineSound(snapshotOf(directory_.path() / "w.wav", text), "it", {});
        return examined ? std::string() : examined.error().message;
    };
    EXPECT_EQ(wrong("no WAV file"), "it is no whole WAV file");
    EXPECT_EQ(wrong(wavOf(10, 7).substr(0, 40)), "it is no whole WAV file");
    const auto header = wav::header({1000, 1, 24}, 30, 0);
    EXPECT_NE(wrong(std::string(reinterpret_cast<const char*>(header.data()), header.size()) +
                    std::string(30, 'x')),
              "");
}

} // namespace
} // namespace lm::exports
