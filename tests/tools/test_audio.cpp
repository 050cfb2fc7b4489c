#include "tools/egresssim/audio.hpp"

#include <gtest/gtest.h>

#include <cstring>

using namespace lm::egresssim;

namespace {

void put(Bytes& out, std::uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i)
        out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

void tag(Bytes& out, const char* name) {
    for (int i = 0; i < 4; ++i)
        out.push_back(static_cast<std::uint8_t>(name[i]));
}

Bytes wav(std::uint32_t rate, std::uint32_t channels, std::uint32_t bits, const Bytes& data,
          std::uint32_t claimed) {
    Bytes out;
    tag(out, "RIFF"), put(out, 36 + claimed, 4), tag(out, "WAVE");
    tag(out, "LIST"), put(out, 3, 4), put(out, 0x616263, 3), put(out, 0, 1); // odd size: padded
    tag(out, "fmt "), put(out, 16, 4), put(out, 1, 2), put(out, channels, 2), put(out, rate, 4);
    put(out, rate * channels * bits / 8, 4), put(out, channels * bits / 8, 2), put(out, bits, 2);
    tag(out, "data"), put(out, claimed, 4);
    out.insert(out.end(), data.begin(), data.end());
    return out;
}

Bytes counting(std::size_t size) {
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<std::uint8_t>(i * 31 + i / 251);
    return bytes;
}

Bytes joined(const Messages& messages) {
    Bytes all;
    Bytes one;
    for (std::uint64_t i = 0; i < messages.count(); ++i) {
        messages.copy(i, false, one);
        all.insert(all.end(), one.begin(), one.end());
    }
    return all;
}

std::shared_ptr<const Audio> audioOf(std::uint32_t rate, std::uint32_t channels, Bytes pcm,
                                     bool loop = false) {
    auto audio = std::make_shared<Audio>();
    audio->rate = rate;
    audio->channels = channels;
    audio->pcm = std::move(pcm);
    audio->loop = loop;
    return audio;
}

TEST(ParseWav, ReadsFormatAndSamplesPastOtherChunks) {
    const auto data = counting(400);
    const auto audio = parseWav(wav(44100, 2, 16, data, 400));
    ASSERT_TRUE(audio) << audio.error().message;
    EXPECT_EQ(audio->rate, 44100u);
    EXPECT_EQ(audio->channels, 2u);
    EXPECT_EQ(audio->pcm, data);
}

TEST(ParseWav, TakesWholeFramesOfARecordingThatWasKilled) {
    const auto audio = parseWav(wav(48000, 2, 16, counting(402), 0x7fffffff));
    ASSERT_TRUE(audio) << audio.error().message;
    EXPECT_EQ(audio->frames(), 100u);
}

TEST(ParseWav, RefusesWhatItCannotSend) {
    EXPECT_FALSE(parseWav(counting(100)));
    EXPECT_FALSE(parseWav(wav(48000, 2, 24, counting(6), 6)));
    EXPECT_FALSE(parseWav(wav(48000, 0, 16, counting(6), 6)));
    EXPECT_FALSE(parseWav({}));
}

TEST(Messages, AreTenMilliseconds) {
    const Messages messages(audioOf(48000, 2, counting(19200)), {.totalFrames = 4800});
    EXPECT_EQ(messages.count(), 10u);
    EXPECT_EQ(messages.size(0), 1920u);
}

TEST(Messages, JoinToTheWholeAudioAtARateWithoutWholeMessages) {
    const auto data = counting(22051 * 2);
    const Messages messages(audioOf(22050, 1, data), {.totalFrames = 22051});
    EXPECT_EQ(messages.count(), 101u);
    EXPECT_EQ(messages.size(0), 440u);
    EXPECT_EQ(messages.size(1), 442u);
    EXPECT_EQ(joined(messages), data);
}

TEST(Messages, SplitSamplesWhenAskedAndLoseNothing) {
    const auto data = counting(19200);
    const Messages messages(audioOf(48000, 2, data), {.totalFrames = 4800, .oddSizes = true});
    for (std::uint64_t i = 0; i + 1 < messages.count(); ++i)
        EXPECT_EQ(messages.size(i) % 2, 1u) << i;
    EXPECT_EQ(joined(messages), data);
}

TEST(Messages, GoOnWithSilenceBehindAFile) {
    const Messages messages(audioOf(48000, 2, Bytes(1920, 7)), {.totalFrames = 960});
    const auto all = joined(messages);
    ASSERT_EQ(all.size(), 3840u);
    for (std::size_t i = 0; i < all.size(); ++i)
        ASSERT_EQ(all[i], i < 1920 ? 7 : 0) << i;
}

TEST(Messages, RepeatALoopFromItsOffset) {
    const auto data = counting(4000);
    const Messages messages(audioOf(48000, 2, data, true), {.totalFrames = 2000, .offsetFrames = 900});
    const auto all = joined(messages);
    for (std::size_t i = 0; i < all.size(); ++i)
        ASSERT_EQ(all[i], data[(3600 + i) % 4000]) << i;
}

TEST(Messages, AreZerosWhileMuted) {
    const Messages messages(audioOf(48000, 2, counting(1920)), {.totalFrames = 480});
    Bytes out;
    messages.copy(0, true, out);
    EXPECT_EQ(out, Bytes(1920, 0));
}

TEST(Tone, LoopsWithoutAStep) {
    const auto tone = makeTone(440);
    ASSERT_EQ(tone.frames(), 48000u);
    std::int16_t last = 0;
    std::memcpy(&last, &tone.pcm[tone.pcm.size() - 2], 2);
    EXPECT_NEAR(last, -8191 * 0.0576, 2); // one sample before a zero crossing
}

TEST(Noise, IsTheSameForTheSameSeed) {
    EXPECT_EQ(makeNoise(5).pcm, makeNoise(5).pcm);
    EXPECT_NE(makeNoise(5).pcm, makeNoise(6).pcm);
}

} // namespace
