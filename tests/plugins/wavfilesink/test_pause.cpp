#include "tests/plugins/wavfilesink/recorderrig.hpp"

namespace {

using namespace lm;
using namespace lm::wavfilesink;
using namespace std::chrono_literals;
using FullDisk = test::RecorderRig;

constexpr std::size_t plenty = 1 << 30;

TEST_F(FullDisk, PausesOnceWithTheReasonAndTheExactSample) {
    use();
    writeFrames(480);
    storage_.room = 42; // ten frames and a half
    writeFrames(480);
    writeFrames(480);
    EXPECT_EQ(pauses_, std::vector<std::uint64_t>{490});
    EXPECT_EQ(reason_, std::make_error_code(std::errc::no_space_on_device).message());
    EXPECT_EQ(closed_.size(), 1U);
    EXPECT_EQ(closed_[0].samples, 490U);
    EXPECT_TRUE(recorder_->stats().paused);
    expectBalance(950);
}

TEST_F(FullDisk, WhatIsOnDiskStaysTrueButForTheRestOfAFrame) {
    use();
    writeFrames(480);
    storage_.room = 42;
    writeFrames(480);
    ASSERT_EQ(file("d/x.wav").size(), wav::headerBytes + 480 * 4 + 42);
    const auto expected = wav::header(stereo, 490 * 4, 0);
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), file("d/x.wav").begin()));
}

TEST_F(FullDisk, TheDiskIsLeftAloneUntilTheBackOffIsOver) {
    use();
    writeFrames(480);
    storage_.room = 0;
    writeFrames(480);
    const auto writes = storage_.writes;
    now_ += 249ms;
    writeFrames(480);
    EXPECT_EQ(storage_.writes, writes);
    now_ += 1ms;
    writeFrames(480);
    EXPECT_GT(storage_.writes, writes);
    EXPECT_EQ(pauses_.size(), 1U) << "told once";
}

TEST_F(FullDisk, GoesOnInANewPartWhoseTimeIsRight) {
    constexpr std::int64_t noon = 1'795'262'400'000'000'000;
    use();
    recorder_->anchor(noon);
    writeFrames(480);
    storage_.room = 0;
    writeFrames(960);
    storage_.room = plenty;
    now_ += 1s;
    writeFrames(480);
    ASSERT_EQ(opened_.size(), 2U);
    EXPECT_EQ(opened_[1].sample, 1440U);
    EXPECT_EQ(opened_[1].utcNs, noon + 30'000'000);
    ASSERT_EQ(resumes_.size(), 1U);
    EXPECT_EQ(resumes_[0], std::pair(std::uint64_t{1440}, std::uint64_t{960}));
    expectTrue("d/x.wav", 0);
    expectTrue("d/x-part2.wav", 1440 * 4);
    expectBalance(960);
}

TEST_F(FullDisk, ANameWithoutASampleIsTakenBack) {
    storage_.room = wav::headerBytes + 3;
    use();
    writeFrames(480);
    EXPECT_TRUE(storage_.files.empty());
    EXPECT_EQ(pauses_, std::vector<std::uint64_t>{0});
    storage_.room = plenty;
    now_ += 1s;
    writeFrames(480);
    EXPECT_EQ(opened_.at(0).path, "d/x.wav");
    EXPECT_EQ(opened_.at(0).number, 1U);
    expectTrue("d/x.wav", 480 * 4);
    expectBalance(480);
}

TEST_F(FullDisk, ADirectoryThatForbidsIsTheSame) {
    storage_.refuse = std::make_error_code(std::errc::permission_denied);
    use();
    writeFrames(480);
    EXPECT_EQ(pauses_.size(), 1U);
    storage_.refuse.reset();
    now_ += 1s;
    writeFrames(480);
    EXPECT_EQ(resumes_.size(), 1U);
    expectTrue("d/x.wav", 480 * 4);
}

TEST_F(FullDisk, AnEndWhilePausedCountsWhatIsMissing) {
    use();
    writeFrames(480);
    storage_.room = 0;
    writeFrames(480);
    recorder_->finish();
    EXPECT_EQ(finishes_, 1);
    EXPECT_TRUE(resumes_.empty());
    expectBalance(480);
}

TEST_F(FullDisk, AfterAPauseLeftStaysLeftWhenTheDeclarationProvesWrong) {
    use(defaultMaxBytes, {48000, 1});
    write(960);
    storage_.room = 0;
    write(6); // three frames of one channel: one and a half of two
    storage_.room = plenty;
    now_ += 1s;
    write(960);
    ASSERT_EQ(opened_.size(), 2U);
    EXPECT_EQ(opened_[1].sample * 2 % 16, 0U);
    recorder_->correctFormat(48000, 2);
    expectTrue("d/x-part2.wav", opened_[1].sample * 2);
    EXPECT_EQ(recorder_->stats().recordedSamples + recorder_->stats().skippedSamples, sent_ / 4);
}

TEST_F(FullDisk, AHeaderThatCannotBeWrittenIsWrittenWithTheNextBuffer) {
    use();
    writeFrames(480);
    storage_.refuseRewriting = std::make_error_code(std::errc::io_error);
    writeFrames(480);
    EXPECT_TRUE(pauses_.empty()) << "the audio is there";
    EXPECT_GT(recorder_->stats().headerFailures, 0U);
    storage_.refuseRewriting.reset();
    writeFrames(480);
    expectTrue("d/x.wav", 0);
}

TEST(BackoffOfTheDisk, DoublesUpToALimitAndStartsAnewAfterASteadyTime) {
    Backoff backoff;
    Backoff::Time now{1h};
    const auto wait = [&] {
        backoff.failed(now);
        const auto from = now;
        while (!backoff.due(now))
            now += 1ms;
        return now - from;
    };
    EXPECT_EQ(wait(), 250ms);
    EXPECT_EQ(wait(), 500ms);
    backoff.succeeded(now);
    now += 9s;
    EXPECT_EQ(wait(), 1000ms) << "room for a moment is not a healthy disk";
    for (int i = 0; i < 5; ++i)
        wait();
    EXPECT_EQ(wait(), 8000ms);
    backoff.succeeded(now);
    now += 10s;
    EXPECT_EQ(wait(), 250ms);
}

} // namespace
