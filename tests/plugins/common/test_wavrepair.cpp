#include "plugins/common/wav/repair.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>

namespace {

using namespace lm::wav;

std::string little(std::uint32_t value) {
    std::string bytes;
    for (int i = 0; i < 4; ++i, value >>= 8)
        bytes += static_cast<char>(value & 0xff);
    return bytes;
}
std::string chunk(const std::string& id, const std::string& body) {
    return id + little(static_cast<std::uint32_t>(body.size())) + body + std::string(body.size() % 2, '\0');
}
/// A file of stereo S16LE whose lengths are those given.
std::string file(std::uint32_t riff, std::uint32_t data, const std::string& audio,
                 const std::string& extra = {}) {
    const auto plain = plainHeader({48000, 2}, 0);
    std::string bytes(reinterpret_cast<const char*>(plain.data()), plain.size());
    bytes.replace(4, 4, little(riff));
    bytes.replace(40, 4, little(data));
    return bytes + audio + extra;
}
std::string sound(const std::string& audio) {
    return file(static_cast<std::uint32_t>(36 + audio.size()), static_cast<std::uint32_t>(audio.size()),
                audio);
}

Plan planOf(const std::string& bytes) {
    return planRepair(bytes.size(), [&](std::uint64_t offset, std::span<std::byte> out) {
        if (offset > bytes.size() || out.size() > bytes.size() - offset) return false;
        std::memcpy(out.data(), bytes.data() + offset, out.size());
        return true;
    });
}
std::string repaired(std::string bytes, const Plan& plan) {
    for (const Patch& p : plan.patches)
        bytes.replace(p.offset, 4, little(p.value));
    return bytes;
}

const std::string audio(4000, 'a');

TEST(WavRepair, ASoundFileIsLeftAlone) {
    EXPECT_EQ(planOf(sound(audio)).verdict, Verdict::Sound);
    EXPECT_TRUE(planOf(sound(audio)).patches.empty());
}

class WrongLengths : public testing::TestWithParam<std::pair<std::uint32_t, std::uint32_t>> {};

TEST_P(WrongLengths, BecomeTrueAndNothingElseChanges) {
    const std::string broken = file(GetParam().first, GetParam().second, audio);
    const Plan plan = planOf(broken);
    ASSERT_EQ(plan.verdict, Verdict::Repair);
    EXPECT_EQ(plan.frames, 1000U);
    EXPECT_EQ(plan.claimedFrames, GetParam().second / 4);
    EXPECT_EQ(repaired(broken, plan), sound(audio));
}

INSTANTIATE_TEST_SUITE_P(WavRepair, WrongLengths,
                         testing::Values(std::pair(0u, 0u), std::pair(0xffffffffu, 0xffffffffu),
                                         std::pair(0x7fff0024u, 0x7fff0000u), // what wavenc begins with
                                         std::pair(36u + 3600, 3600u), // killed between audio and header
                                         std::pair(0u, 4000u), std::pair(36u + 4000 + 8, 4000u)));

TEST(WavRepair, ChunksBehindTheAudioAreNotCountedAsAudio) {
    const auto bytes = file(static_cast<std::uint32_t>(36 + audio.size() + 12),
                            static_cast<std::uint32_t>(audio.size()), audio, chunk("LIST", "INFO"));
    const auto plan = planOf(bytes);
    EXPECT_EQ(plan.verdict, Verdict::Sound);
    EXPECT_EQ(plan.frames, audio.size() / 4);
}

TEST(WavRepair, ARepairedFileIsSound) {
    const std::string broken = file(0, 0x7fff0000, audio);
    EXPECT_EQ(planOf(repaired(broken, planOf(broken))).verdict, Verdict::Sound);
}

TEST(WavRepair, AnIncompleteFrameAtTheEndIsNotClaimed) {
    const std::string broken = file(0, 0, audio + "xyz");
    const Plan plan = planOf(broken);
    ASSERT_EQ(plan.verdict, Verdict::Repair);
    EXPECT_EQ(repaired(broken, plan), sound(audio) + "xyz");
    EXPECT_EQ(planOf(repaired(broken, plan)).verdict, Verdict::Sound) << "once is enough";
}

TEST(WavRepair, OurOwnHeaderIsUnderstood) {
    const auto h = header({48000, 2}, 400, 1'795'300'801'500'000'000);
    const std::string broken = std::string(reinterpret_cast<const char*>(h.data()), h.size()) + audio;
    const Plan plan = planOf(broken);
    ASSERT_EQ(plan.verdict, Verdict::Repair);
    const auto expected = header({48000, 2}, audio.size(), 1'795'300'801'500'000'000);
    EXPECT_EQ(repaired(broken, plan).substr(0, expected.size()),
              std::string(reinterpret_cast<const char*>(expected.data()), expected.size()));
}

TEST(WavRepair, ChunksBehindTheAudioAreNotAudio) {
    const std::string list = chunk("LIST", "INFOISFT....odd");
    const std::string broken = file(0, 4000, audio, list);
    const Plan plan = planOf(broken);
    ASSERT_EQ(plan.verdict, Verdict::Repair);
    EXPECT_EQ(plan.patches, (std::vector<Patch>{{4, static_cast<std::uint32_t>(36 + 4000 + list.size())}}));
    EXPECT_EQ(planOf(repaired(broken, plan)).verdict, Verdict::Sound);
}

TEST(WavRepair, APartOfAFrameThatLooksLikeAChunkIsStillAPartOfAFrame) {
    auto cut = file(0, 4000, "smplcdabcdab");
    cut[32] = 16; // bytes of a frame
    const auto plan = planOf(cut);
    ASSERT_EQ(plan.verdict, Verdict::Repair);
    EXPECT_EQ(planOf(repaired(cut, plan)).verdict, Verdict::Sound);
}

TEST(WavRepair, AFinishedFileWithAnUnknownChunkBehindTheAudioIsLeftAlone) {
    const std::string extra = chunk("what", "ever");
    const auto riff = static_cast<std::uint32_t>(36 + 4000 + extra.size());
    EXPECT_EQ(planOf(file(riff, 4000, audio, extra)).verdict, Verdict::Sound);
}

TEST(WavRepair, ACutChunkBehindTheAudioIsItsWritersBusiness) {
    EXPECT_EQ(planOf(file(0, 4000, audio, "LIST" + little(100) + "INFO")).verdict, Verdict::Foreign);
}

TEST(WavRepair, APadByteIsNoReasonToTouchAFile) {
    std::string odd = sound(std::string(4001, 'a')) + std::string(1, '\0');
    odd.replace(32, 2, std::string("\1\0", 2)); // one byte a frame
    EXPECT_EQ(planOf(odd).verdict, Verdict::Sound);
    odd.replace(4, 4, little(static_cast<std::uint32_t>(odd.size() - 8)));
    EXPECT_EQ(planOf(odd).verdict, Verdict::Sound);
}

TEST(WavRepair, EveryCutOfAHeaderIsCutAndNeverRepaired) {
    const auto h = header({48000, 2}, 0, 1);
    const std::string whole(reinterpret_cast<const char*>(h.data()), h.size());
    for (std::size_t length = 1; length < whole.size(); ++length)
        EXPECT_EQ(planOf(whole.substr(0, length)).verdict, Verdict::Cut) << length;
    EXPECT_EQ(planOf(whole).verdict, Verdict::Sound);
    EXPECT_EQ(planOf("").verdict, Verdict::Empty);
}

TEST(WavRepair, WhatIsNoWavFileIsForeign) {
    EXPECT_EQ(planOf("RIFX").verdict, Verdict::Foreign);
    EXPECT_EQ(planOf("hello, world, this is a text").verdict, Verdict::Foreign);
    EXPECT_EQ(planOf("RF64" + sound(audio).substr(4)).verdict, Verdict::Foreign);
    std::string noFormat = sound(audio);
    noFormat.replace(12, 4, "junk");
    EXPECT_EQ(planOf(noFormat).verdict, Verdict::Foreign);
    std::string noFrame = sound(audio);
    noFrame.replace(32, 2, std::string(2, '\0'));
    EXPECT_EQ(planOf(noFrame).verdict, Verdict::Foreign);
}

TEST(WavRepair, MoreThanAHeaderCanSayIsLeftAlone) {
    const std::string front = file(0x7fff0024, 0x7fff0000, {});
    const Plan plan = planRepair(std::uint64_t{5} << 30, [&](std::uint64_t offset, std::span<std::byte> out) {
        if (offset + out.size() > front.size()) return false;
        std::memcpy(out.data(), front.data() + offset, out.size());
        return true;
    });
    EXPECT_EQ(plan.verdict, Verdict::TooLong);
    EXPECT_TRUE(plan.patches.empty());
}

TEST(WavRepair, AChunkThatContainsItselfEnds) {
    std::string loop = sound(audio).substr(0, 12);
    for (int i = 0; i < 2000; ++i)
        loop += chunk("junk", "");
    EXPECT_EQ(planOf(loop).verdict, Verdict::Foreign);
}

/// Whatever the bytes: patches lie in the header, never in the audio, and what is repaired is sound.
TEST(WavRepair, AnyBytesAreReadSafely) {
    std::minstd_rand random(7);
    for (int round = 0; round < 5000; ++round) {
        std::string bytes =
            file(static_cast<std::uint32_t>(random()), static_cast<std::uint32_t>(random() % 5000),
                 audio.substr(0, random() % 200), chunk("LIST", "x"));
        for (int i = 0; i < 3; ++i)
            bytes[random() % bytes.size()] = static_cast<char>(random());
        bytes.resize(random() % (bytes.size() + 1));
        const Plan plan = planOf(bytes);
        for (const Patch& p : plan.patches)
            ASSERT_LE(p.offset + 4, bytes.size());
        if (plan.verdict == Verdict::Repair)
            ASSERT_EQ(planOf(repaired(bytes, plan)).verdict, Verdict::Sound) << round;
        else
            ASSERT_TRUE(plan.patches.empty());
    }
}

} // namespace
