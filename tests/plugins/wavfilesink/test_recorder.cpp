#include "tests/plugins/wavfilesink/recorderrig.hpp"

namespace {

using namespace lm;
using namespace lm::wavfilesink;
using Recording = test::RecorderRig;

constexpr std::int64_t noon = 1'795'262'400'000'000'000; // 2026-11-21T12:00:00Z

TEST_F(Recording, WithoutASampleThereIsNoFile) {
    use().finish();
    EXPECT_TRUE(storage_.files.empty());
    EXPECT_EQ(finishes_, 0);
}

TEST_F(Recording, IsTrueAfterEveryBuffer) {
    use();
    for (int i = 0; i < 20; ++i) {
        writeFrames(480);
        expectTrue("d/x.wav", 0);
        EXPECT_EQ(audioBytes("d/x.wav"), sent_);
    }
    recorder_->finish();
    expectTrue("d/x.wav", 0);
    EXPECT_EQ(finishes_, 1);
}

TEST_F(Recording, TakesTwoCallsABuffer) {
    use();
    writeFrames(480);
    storage_.writes = 0;
    writeFrames(480);
    EXPECT_EQ(storage_.writes, 2U);
}

TEST_F(Recording, TheTimeOfEveryPartIsMovedWhenItProvesWrong) {
    use(4096);
    recorder_->anchor(noon);
    writeFrames(2000);
    recorder_->shiftTime(-300'000'000);
    writeFrames(2000);
    recorder_->finish();
    ASSERT_GE(closed_.size(), 4U);
    for (const auto& part : closed_) {
        const std::int64_t utc =
            noon - 300'000'000 + static_cast<std::int64_t>(part.sample * 1'000'000'000 / stereo.rate);
        const auto header = wav::header(stereo, part.samples * 4, utc);
        EXPECT_EQ(std::memcmp(file(part.path).data(), header.data(), header.size()), 0) << part.path;
    }
}

TEST_F(Recording, TakesANumberWhenItsNameIsTaken) {
    storage_.create("d/x.wav");
    storage_.create("d/x-2.wav");
    use(4096);
    writeFrames(2000);
    EXPECT_TRUE(file("d/x.wav").empty());
    EXPECT_TRUE(file("d/x-2.wav").empty());
    expectTrue("d/x-3.wav", 0);
    expectTrue("d/x-3-part2.wav", audioBytes("d/x-3.wav"));
    EXPECT_EQ(opened_.front().path, "d/x-3.wav");
}

TEST_F(Recording, PartsFollowEachOtherToTheSample) {
    use(4096);
    for (int i = 0; i < 30; ++i)
        writeFrames(101);
    recorder_->finish();
    std::size_t at = 0;
    ASSERT_EQ(closed_.size(), opened_.size());
    ASSERT_GE(closed_.size(), 3U);
    for (const auto& part : closed_) {
        expectTrue(part.path, at);
        EXPECT_LE(file(part.path).size(), 4096U);
        EXPECT_EQ(part.sample, at / 4);
        EXPECT_EQ(part.samples * 4, audioBytes(part.path));
        at += audioBytes(part.path);
    }
    EXPECT_EQ(at, sent_);
    expectBalance(0);
}

TEST_F(Recording, OneBufferMayFillSeveralParts) {
    use(4096);
    writeFrames(5000);
    EXPECT_EQ(opened_.size(), 6U);
    expectBalance(0);
}

TEST_F(Recording, ALaterPartHasItsOwnTime) {
    use(4096);
    recorder_->anchor(noon);
    writeFrames(2000);
    ASSERT_EQ(opened_.size(), 3U);
    EXPECT_EQ(opened_[0].utcNs, noon);
    EXPECT_EQ(opened_[1].utcNs, noon + static_cast<std::int64_t>(opened_[1].sample * 1'000'000'000 / 48000));
}

TEST_F(Recording, OtherCapsBeginAPartAndTheSameDoNot) {
    use();
    recorder_->anchor(noon);
    writeFrames(480);
    recorder_->setFormat(stereo);
    writeFrames(480);
    EXPECT_EQ(opened_.size(), 1U);
    recorder_->setFormat({16000, 1});
    write(320);
    ASSERT_EQ(opened_.size(), 2U);
    EXPECT_EQ(opened_[1].sample, 960U);
    EXPECT_EQ(opened_[1].utcNs, noon + 20'000'000);
    EXPECT_EQ(recorder_->stats().recordedSamples, 960U + 160U);
    expectTrue("d/x.wav", 0);
    expectTrue("d/x-part2.wav", 960 * 4);
}

TEST_F(Recording, GoesOnInANewPartAfterAnEnd) {
    use();
    writeFrames(480);
    recorder_->finish();
    recorder_->finish();
    EXPECT_EQ(finishes_, 1);
    writeFrames(480);
    recorder_->finish();
    EXPECT_EQ(finishes_, 2);
    expectTrue("d/x-part2.wav", 480 * 4);
}

TEST_F(Recording, AWrongDeclarationIsCorrectedInEveryPartAndTheBytesGoOn) {
    use(4096, {48000, 1});
    recorder_->anchor(noon);
    write(8 * 1000);
    const auto parts = opened_.size();
    ASSERT_GE(parts, 3U);
    recorder_->correctFormat(48000, 2);
    recorder_->setFormat(stereo);
    write(8);
    EXPECT_EQ(opened_.size(), parts) << "the same file";
    recorder_->finish();
    std::size_t at = 0;
    for (const auto& part : opened_) {
        expectTrue(part.path, at);
        const auto expected = wav::header(stereo, audioBytes(part.path),
                                          noon + static_cast<std::int64_t>(at / 4 * 1'000'000'000 / 48000));
        EXPECT_TRUE(std::equal(expected.begin(), expected.end(), file(part.path).begin())) << part.path;
        EXPECT_EQ(at % 4, 0U) << "left stays left";
        at += audioBytes(part.path);
    }
    EXPECT_EQ(recorder_->stats().recordedSamples, 2002U);
    EXPECT_EQ(closed_.back().format, stereo);
}

TEST_F(Recording, ACorrectionAfterAGapLeavesThePartsBeforeItTheirTime) {
    use(4096, {48000, 1});
    recorder_->anchor(noon);
    write(1000);
    const std::int64_t later = noon + 60'000'000'000;
    recorder_->anchor(later); // a minute was skipped
    write(2 * 4096);
    ASSERT_GE(opened_.size(), 3U);
    recorder_->correctFormat(48000, 2);
    const auto expectTime = [&](const std::string& path, std::int64_t utcNs) {
        const auto expected = wav::header(stereo, audioBytes(path), utcNs);
        EXPECT_TRUE(std::equal(expected.begin(), expected.end(), file(path).begin())) << path;
    };
    expectTime(opened_[0].path, noon);
    const std::size_t second = audioBytes(opened_[0].path);
    expectTime(opened_[1].path,
               later + static_cast<std::int64_t>((second - 1000) / 4 * 1'000'000'000 / 48000));
}

TEST_F(Recording, HalfAFrameAfterACorrectionIsNotClaimedBeforeItIsWhole) {
    use(defaultMaxBytes, {48000, 1});
    write(6);
    recorder_->correctFormat(48000, 2);
    EXPECT_EQ(recorder_->stats().recordedSamples, 1U);
    recorder_->setFormat(stereo);
    write(2);
    expectTrue("d/x.wav", 0);
    EXPECT_EQ(recorder_->stats().recordedSamples, 2U);
}

TEST_F(Recording, NonsenseIsNoCorrection) {
    use();
    writeFrames(10);
    recorder_->correctFormat(0, 2);
    recorder_->correctFormat(48000, 0);
    writeFrames(10);
    expectTrue("d/x.wav", 0);
    expectBalance(0);
}

} // namespace
