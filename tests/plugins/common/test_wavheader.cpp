#include "plugins/common/wav/header.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace lm::wav;

constexpr std::int64_t utc = 1'795'300'801'500'000'000; // 2026-11-21T22:40:01.5Z

template <typename Bytes> std::string text(const Bytes& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::uint64_t number(const std::string& bytes, std::size_t at, int length) {
    std::uint64_t value = 0;
    for (int i = length; i-- > 0;)
        value = value << 8 | static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]);
    return value;
}

TEST(WavHeader, SaysWhatTheFormatIs) {
    const std::string h = text(header({44100, 6, 32}, 4800, 0));
    EXPECT_EQ(h.substr(0, 4) + h.substr(8, 8), "RIFFWAVEfmt ");
    EXPECT_EQ(number(h, 16, 4), 16U);
    EXPECT_EQ(number(h, 20, 2), 1U);
    EXPECT_EQ(number(h, 22, 2), 6U);
    EXPECT_EQ(number(h, 24, 4), 44100U);
    EXPECT_EQ(number(h, 28, 4), 44100U * 24);
    EXPECT_EQ(number(h, 32, 2), 24U);
    EXPECT_EQ(number(h, 34, 2), 32U);
}

TEST(WavHeader, ClaimsTheAudioAndTheFile) {
    const std::string h = text(header({}, 4800, utc));
    ASSERT_EQ(h.size(), headerBytes);
    EXPECT_EQ(number(h, 4, 4), headerBytes + 4800 - 8);
    EXPECT_EQ(h.substr(h.size() - 8, 4), "data");
    EXPECT_EQ(number(h, h.size() - 4, 4), 4800U);
}

TEST(WavHeader, AnotherLengthIsTheSameHeaderWithThatLength) {
    Header h = header({48000, 2}, 0, utc);
    setDataBytes(h, 123456);
    EXPECT_EQ(h, header({48000, 2}, 123456, utc));
}

TEST(WavHeader, TheBextChunkTellsTheTimeOfTheFirstSample) {
    const std::string h = text(header({48000, 2}, 0, utc));
    const auto bext = h.find("bext");
    ASSERT_EQ(bext, 36U);
    EXPECT_EQ(number(h, bext + 4, 4), 602U);
    const std::size_t body = bext + 8;
    EXPECT_EQ(h.substr(body + 256, 12), "live-meeting");
    EXPECT_EQ(h.substr(body + 320, 18), "2026-11-2122:40:01");
    EXPECT_EQ(number(h, body + 338, 8), (22 * 3600 + 40 * 60 + 1) * std::uint64_t{48000} + 24000);
    EXPECT_EQ(number(h, body + 346, 2), 1U);
    EXPECT_EQ(body + 602, h.find("data"));
}

TEST(WavHeader, TheLastSampleOfADayFitsAtAnyRate) {
    const std::int64_t midnight = 1'795'305'600'000'000'000; // 2026-11-22T00:00:00Z
    const std::string h = text(header({384000, 2}, 0, midnight - 1'000'000));
    EXPECT_EQ(number(h, 44 + 338, 8), std::uint64_t{86400} * 384000 - 384);
    EXPECT_EQ(number(text(header({384000, 2}, 0, midnight)), 44 + 338, 8), 0U);
}

TEST(WavHeader, AnUnknownTimeIsEmpty) {
    const std::string h = text(header({}, 0, 0));
    EXPECT_EQ(h.substr(44 + 320, 26), std::string(26, '\0'));
}

TEST(WavHeader, LengthsThatDoNotFitAreSaturated) {
    const std::string h = text(plainHeader({48000, 2}, 1ULL << 40));
    EXPECT_EQ(number(h, 4, 4), 0xffffffffU);
    EXPECT_EQ(number(h, 40, 4), 0xffffffffU);
}

} // namespace
