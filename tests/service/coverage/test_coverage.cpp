#include "service/coverage/coverage.hpp"

#include <gmock/gmock.h>

namespace {

using namespace lm::coverage;
using testing::ElementsAre;
using testing::IsEmpty;

/// A stereo track of three blocks of 1000 frames.
class CoverageTest : public testing::Test {
protected:
    CoverageTest() {
        Head head;
        head.track = "t";
        head.channels = 2;
        head.rate = 48000;
        head.sends = true;
        coverage_.head(head);
    }
    void block(std::uint64_t n, const char* state = nullptr) {
        coverage_.block(n, {n * 1000, 1000}, 2);
        if (state) say(n, state);
    }
    void say(std::uint64_t n, const char* state, const char* reason = "") {
        coverage_.state(n, {n * 1000, 1000}, "key-" + std::to_string(n), {state, reason});
    }
    void end(std::uint64_t frames = 3000) {
        coverage_.received(frames);
        coverage_.partClosed(1, {0, 3000}, 2);
        coverage_.recorded(3000, 0);
        coverage_.ended();
    }
    /// The whole track, with this fate of its last block.
    Coverage::Report whole(const char* state) {
        coverage_.partOpened(1, 0, 2);
        block(0, "acknowledged");
        block(1, "acknowledged");
        block(2, state);
        end();
        return coverage_.report(false);
    }
    Coverage coverage_;
};

MATCHER_P3(IsPiece, from, to, state, "") {
    return arg.where == Interval{std::uint64_t(from), std::uint64_t(to)} && arg.fate.state == state;
}
MATCHER_P3(IsMisfit, branch, from, to, "") {
    return arg.branch == branch && arg.where == Interval{std::uint64_t(from), std::uint64_t(to)};
}

TEST_F(CoverageTest, AWholeTrackIsComplete) {
    const auto all = whole("acknowledged");
    EXPECT_TRUE(all.complete);
    EXPECT_EQ(all.state, "ended");
    EXPECT_EQ(all.received, 3000U);
    EXPECT_THAT(all.recording, ElementsAre(IsPiece(0, 3000, "recorded")));
    EXPECT_THAT(all.analysis, ElementsAre(IsPiece(0, 3000, "acknowledged")));
    EXPECT_EQ(all.totals.at("acknowledged"), 3000U);
}

TEST_F(CoverageTest, WhatWasGivenUpWithAReasonIsAccountedFor) {
    for (const char* state : {"failed", "dropped", "spooled", "dead-lettered", "delivered-from-spool"}) {
        coverage_ = Coverage();
        coverage_.head({"t", "", "", "", "", 48000, 2, true, ""});
        const auto all = whole(state);
        EXPECT_TRUE(all.complete) << state;
        EXPECT_THAT(all.analysis, ElementsAre(IsPiece(0, 2000, "acknowledged"), IsPiece(2000, 3000, state)));
    }
}

TEST_F(CoverageTest, ABlockOfWhichNobodyKnowsIsNot) {
    const auto all = whole(nullptr);
    EXPECT_FALSE(all.complete);
    EXPECT_THAT(all.analysis, ElementsAre(IsPiece(0, 2000, "acknowledged"), IsPiece(2000, 3000, "unknown")));
}

TEST_F(CoverageTest, TheLastWordOfABlockCountsAlsoWhenItCameAfterTheTrack) {
    whole("spooled");
    coverage_.lateState("key-1", {"dead-lettered"}); // was acknowledged
    coverage_.lateState("key-2", {"dead-lettered", "HTTP 422"});
    coverage_.lateState("other", {"dead-lettered"});
    auto all = coverage_.report(false);
    EXPECT_THAT(all.analysis,
                ElementsAre(IsPiece(0, 2000, "acknowledged"), IsPiece(2000, 3000, "dead-lettered")));
    EXPECT_EQ(all.analysis.back().fate.reason, "HTTP 422");
    coverage_.lateState("key-2", {"delivered-from-spool"}); // somebody put it back
    EXPECT_THAT(coverage_.report(false).analysis.back(), IsPiece(2000, 3000, "delivered-from-spool"));
}

TEST_F(CoverageTest, AHoleOfTheBlocksIsNamed) {
    coverage_.partOpened(1, 0, 2);
    block(0, "acknowledged");
    block(2, "acknowledged");
    end();
    const auto all = coverage_.report(false);
    EXPECT_FALSE(all.complete);
    EXPECT_THAT(all.gaps, ElementsAre(IsMisfit("analysis", 1000, 2000)));
}

TEST_F(CoverageTest, WhatIsThereTwiceIsNamed) {
    whole("acknowledged");
    coverage_.block(3, {2500, 500}, 2);
    const auto all = coverage_.report(false);
    EXPECT_FALSE(all.complete);
    EXPECT_THAT(all.overlaps, ElementsAre(IsMisfit("analysis", 2500, 3000)));
}

TEST_F(CoverageTest, WhatWasNeverReceivedCannotBeRecorded) {
    coverage_.partOpened(1, 0, 2);
    block(0, "acknowledged");
    end(1000);
    const auto all = coverage_.report(false);
    EXPECT_FALSE(all.complete);
    EXPECT_THAT(all.overlaps, ElementsAre(IsMisfit("recording", 1000, 3000)));
}

TEST_F(CoverageTest, APauseOfTheRecordingIsSkippedWithItsReason) {
    coverage_.partOpened(1, 0, 2);
    coverage_.partClosed(1, {0, 1000}, 2);
    coverage_.paused(1000, "disk full");
    block(0);
    block(1);
    EXPECT_THAT(coverage_.report(true).recording,
                ElementsAre(IsPiece(0, 1000, "recorded"), IsPiece(1000, 2000, "skipped")));
    coverage_.skipped("recording", {1000, 500}, "disk full");
    coverage_.skipped("source", {1200, 96'000}, "muted"); // never had a place
    coverage_.partOpened(2, 1500, 2);
    EXPECT_THAT(coverage_.report(true).recording,
                ElementsAre(IsPiece(0, 1000, "recorded"), IsPiece(1000, 1500, "skipped"),
                            IsPiece(1500, 2000, "recording")));
    EXPECT_EQ(coverage_.report(true).recording[1].fate.reason, "disk full");
}

TEST_F(CoverageTest, WithoutItsEndATrackRunsOrWasKilled) {
    coverage_.partOpened(1, 0, 2);
    block(0, "acknowledged");
    block(1);
    auto all = coverage_.report(true);
    EXPECT_EQ(all.state, "running");
    EXPECT_FALSE(all.complete);
    EXPECT_THAT(all.analysis.back(), IsPiece(1000, 2000, "under-way"));
    all = coverage_.report(false);
    EXPECT_EQ(all.state, "killed");
    EXPECT_THAT(all.analysis.back(), IsPiece(1000, 2000, "lost"));
    EXPECT_THAT(all.gaps, IsEmpty());
    EXPECT_FALSE(all.received);
}

TEST_F(CoverageTest, ACorrectedDeclarationCountsInFramesOfTheTrueFormat) {
    coverage_.head({"t", "", "", "", "", 48000, 1, true, ""});
    coverage_.partOpened(1, 0, 1);
    coverage_.block(0, {0, 2000}, 1);
    coverage_.state(0, {0, 2000}, "k-0", {"acknowledged"});
    coverage_.filled({1000, 500});
    coverage_.corrected(48000, 2);
    coverage_.block(1, {1000, 1000}, 2);
    coverage_.state(1, {1000, 1000}, "k-1", {"acknowledged"});
    coverage_.received(2000);
    coverage_.partClosed(1, {0, 2000}, 2);
    coverage_.recorded(2000, 0);
    coverage_.ended();
    const auto all = coverage_.report(false);
    EXPECT_TRUE(all.complete);
    EXPECT_EQ(all.head.channels, 2U);
    EXPECT_THAT(all.analysis, ElementsAre(IsPiece(0, 2000, "acknowledged")));
    EXPECT_THAT(all.filled, ElementsAre(Interval{500, 750}));
}

TEST_F(CoverageTest, ASinkThatMissedABlockIsUnderstoodAll) {
    coverage_.partOpened(1, 0, 2);
    coverage_.block(0, {0, 1000}, 2); // never reached the sink
    coverage_.block(1, {1000, 2000}, 2);
    coverage_.state(0, {1000, 2000}, "k-0", {"acknowledged"});
    end();
    const auto all = coverage_.report(false);
    EXPECT_THAT(all.problems, IsEmpty());
    EXPECT_THAT(all.analysis, ElementsAre(IsPiece(0, 1000, "unknown"), IsPiece(1000, 3000, "acknowledged")));
}

TEST_F(CoverageTest, AStateWithoutItsBlockIsAProblem) {
    say(7, "acknowledged");
    EXPECT_THAT(coverage_.report(true).problems, testing::SizeIs(1));
}

TEST_F(CoverageTest, WithoutAServiceBlocksAreUnsent) {
    coverage_.head({"t", "", "", "", "", 48000, 2, false, ""});
    coverage_.partOpened(1, 0, 2);
    for (const std::uint64_t n : {0, 1, 2})
        block(n);
    end();
    const auto all = coverage_.report(false);
    EXPECT_THAT(all.problems, IsEmpty());
    EXPECT_THAT(all.analysis, ElementsAre(IsPiece(0, 3000, "unsent")));
    EXPECT_TRUE(all.complete);
}

TEST_F(CoverageTest, VideoHasNoBlocksAndIsCompleteWhenItIsRecorded) {
    Head head;
    head.track = "t";
    head.rate = 1000;
    Coverage video;
    video.head(head);
    video.partOpened(1, 0, 0);
    video.partClosed(1, {0, 700}, 0);
    video.received(1000);
    video.recorded(700, 300);
    video.ended();
    EXPECT_FALSE(video.report(false).complete);
    EXPECT_EQ(video.report(false).gaps.size(), 1U);
    video.skipped("recording", {700, 300}, "the disk was full");
    const auto report = video.report(false);
    EXPECT_TRUE(report.complete);
    EXPECT_THAT(report.analysis, IsEmpty());
    EXPECT_EQ(report.head.channels, 0U);
}

TEST_F(CoverageTest, MemoryIsBoundedAndTheAnswerSaysSo) {
    for (std::uint64_t n = 0; n < Coverage::mostPieces + 10; ++n)
        coverage_.block(n, {n * 1000, 500}, 2); // never two that touch
    const auto all = coverage_.report(true);
    EXPECT_EQ(all.analysis.size(), Coverage::mostPieces);
    EXPECT_LE(all.problems.size(), Coverage::mostMisfits);
    EXPECT_LE(all.gaps.size(), Coverage::mostMisfits);
    EXPECT_FALSE(all.problems.empty());
}

} // namespace
