#include "plugins/imentivsink/budget.hpp"
#include "plugins/imentivsink/dispatcher.hpp"
#include "plugins/imentivsink/track.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lm::imentivsink {
namespace {

struct Name {
    std::string operator()(const Delivered& r) const {
        return "delivered " + std::to_string(r.block.sequence);
    }
    std::string operator()(const Retrying& r) const { return "retrying " + std::to_string(r.block.sequence); }
    std::string operator()(const Failed& r) const { return "failed " + std::to_string(r.block.sequence); }
    std::string operator()(const Dropped& r) const { return "dropped " + std::to_string(r.block.sequence); }
    std::string operator()(const Skipped& r) const { return "skipped " + std::to_string(r.block.sequence); }
    std::string operator()(const Spooled& r) const { return "spooled " + std::to_string(r.block.sequence); }
    std::string operator()(const DeliveredFromSpool& r) const {
        return "delivered from the spool " + std::to_string(r.block.sequence);
    }
    std::string operator()(const DeadLettered& r) const { return "dead " + std::to_string(r.block.sequence); }
    std::string operator()(const CircuitChanged& r) const { return r.state; }
    std::string operator()(const SpoolNotice& r) const { return r.text; }
    std::string operator()(const Drained&) const { return "drained"; }
};

Block block(std::uint64_t sequence, std::uint64_t bytes = 10) {
    Block b;
    b.info.sequence = sequence;
    b.bytes = bytes;
    b.accepted = Clock::now();
    return b;
}

class TrackTest : public ::testing::Test {
protected:
    static Target target() {
        Target t;
        t.maxQueueBytes = 30;
        return t;
    }
    using Log = std::vector<std::string>;
    Log log_;
    Track track_{target(), [this](const Report& report) { log_.push_back(std::visit(Name{}, report)); }};
};

TEST_F(TrackTest, DeliversInOrderOneAtATime) {
    track_.push(block(0));
    track_.push(block(1));
    const auto first = track_.begin();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->block.info.sequence, 0U);
    EXPECT_FALSE(track_.begin()) << "one request in flight per track";
    track_.delivered(first->number, 200, std::nullopt);
    const auto second = track_.begin();
    ASSERT_TRUE(second);
    EXPECT_EQ(second->block.info.sequence, 1U);
}

TEST_F(TrackTest, ARepeatedBlockStaysInFront) {
    track_.push(block(0));
    track_.push(block(1));
    track_.retrying(track_.begin()->number, 503, "", {});
    const auto again = track_.begin();
    ASSERT_TRUE(again);
    EXPECT_EQ(again->block.info.sequence, 0U);
    EXPECT_EQ(again->block.attempts, 2U);
    EXPECT_EQ(log_, (Log{"retrying 0"}));
}

TEST_F(TrackTest, WakesTheDispatcherOnlyWhenItWasForgotten) {
    EXPECT_TRUE(track_.push(block(0)));
    EXPECT_FALSE(track_.push(block(1)));
    track_.delivered(track_.begin()->number, 200, std::nullopt);
    EXPECT_FALSE(track_.left() == Track::Left::Nothing);
    track_.delivered(track_.begin()->number, 200, std::nullopt);
    EXPECT_TRUE(track_.left() == Track::Left::Nothing);
    EXPECT_TRUE(track_.push(block(2)));
}

TEST_F(TrackTest, DropsTheNewestBeyondItsBound) {
    for (std::uint64_t i = 0; i < 4; ++i)
        track_.push(block(i));
    EXPECT_EQ(log_, (Log{"dropped 3"}));
    const auto now = track_.snapshot();
    EXPECT_EQ(now.counters.accepted, 3U);
    EXPECT_EQ(now.counters.dropped, 1U);
    EXPECT_EQ(now.queuedBytes, 30U);
    track_.failed(track_.begin()->number, 400, "");
    track_.push(block(4));
    EXPECT_EQ(track_.snapshot().queuedBlocks, 3U) << "room again";
}

TEST_F(TrackTest, ABlockLargerThanTheBoundDoesNotWrapTheCount) {
    track_.push(block(0));
    track_.push(block(1, UINT64_MAX));
    EXPECT_EQ(log_, (Log{"dropped 1"}));
    EXPECT_EQ(track_.snapshot().queuedBytes, 10U);
}

TEST_F(TrackTest, CancelReportsEveryBlockAndMakesTheAttemptStale) {
    track_.push(block(0));
    track_.push(block(1));
    const auto attempt = track_.begin();
    track_.cancel("stopped", true);
    EXPECT_EQ(log_, (Log{"failed 0", "failed 1"}));
    track_.push(block(2));
    track_.delivered(attempt->number, 200, std::nullopt);
    EXPECT_EQ(log_.size(), 2U) << "the late answer belongs to a block that was reported";
    EXPECT_EQ(track_.begin()->block.info.sequence, 2U);
}

TEST_F(TrackTest, DrainsAfterTheLastReport) {
    track_.push(block(0));
    track_.push(block(1));
    ASSERT_TRUE(track_.drain());
    track_.failed(track_.begin()->number, 400, "");
    track_.delivered(track_.begin()->number, 200, std::nullopt);
    EXPECT_EQ(log_, (Log{"failed 0", "delivered 1", "drained"}));
}

TEST_F(TrackTest, HasNothingToDrainWhenEverythingIsReported) {
    EXPECT_FALSE(track_.drain());
    track_.push(block(0));
    track_.delivered(track_.begin()->number, 200, std::nullopt);
    EXPECT_FALSE(track_.drain());
}

TEST_F(TrackTest, AQuietCancelEndsTheDrainWithoutReportingIt) {
    track_.push(block(0));
    ASSERT_TRUE(track_.drain());
    track_.cancel("stopped", true);
    EXPECT_EQ(log_, (Log{"failed 0"}));
    EXPECT_FALSE(track_.draining());
}

TEST_F(TrackTest, AFlushIntoTheSpoolEndsTheDrainWithoutReportingIt) {
    track_.push(block(0));
    ASSERT_TRUE(track_.drain());
    EXPECT_TRUE(track_.expire(true));
    EXPECT_FALSE(track_.draining());
    EXPECT_TRUE(log_.empty());
}

TEST_F(TrackTest, ADrainThatTimesOutReportsTheRestAndThenItself) {
    track_.push(block(0));
    ASSERT_TRUE(track_.drain());
    track_.cancel("late", false);
    EXPECT_EQ(log_, (Log{"failed 0", "drained"}));
}

TEST_F(TrackTest, MarksTheLastBlockFinalUnlessItWasTriedAlready) {
    track_.push(block(0));
    track_.push(block(1));
    track_.drain();
    EXPECT_FALSE(track_.begin()->block.info.final);
    track_.cancel("", true);
    track_.push(block(2));
    track_.drain();
    EXPECT_TRUE(track_.begin()->block.info.final);
    track_.cancel("", true);
    track_.push(block(3));
    track_.retrying(track_.begin()->number, 503, "", {});
    track_.drain();
    EXPECT_FALSE(track_.begin()->block.info.final) << "a repeated request is the same request";
}

TEST_F(TrackTest, IsAskedToDrainBetweenTheLastAnswerAndItsReport) {
    Log log;
    Track* self = nullptr;
    Track track(target(), [&](const Report& report) {
        log.push_back(std::visit(Name{}, report));
        if (std::holds_alternative<Delivered>(report)) {
            EXPECT_TRUE(self->drain());
        }
    });
    self = &track;
    track.push(block(0));
    track.delivered(track.begin()->number, 200, std::nullopt);
    EXPECT_EQ(log, (Log{"delivered 0", "drained"}));
}

TEST(Budget, LeavesTheDiskTimeHoweverMuchMayBeInMemory) {
    Dispatcher dispatcher;
    for (const std::uint64_t limit : {std::uint64_t{1} << 20, std::uint64_t{3} << 30, UINT64_MAX}) {
        dispatcher.setLimits(32, limit);
        const auto crowd = Budget::take(dispatcher.budget(), std::min(limit, UINT64_MAX / 2));
        ASSERT_TRUE(crowd) << limit;
        EXPECT_TRUE(Budget::take(dispatcher.budget(), 256U << 20)) << "what comes while they go to the spool";
    }
}

TEST(Budget, BoundsTheSumAndTakesBackWhatDies) {
    const auto budget = std::make_shared<Budget>(100);
    auto first = Budget::take(budget, 60);
    EXPECT_TRUE(first);
    EXPECT_FALSE(Budget::take(budget, 41));
    EXPECT_FALSE(Budget::take(budget, UINT64_MAX));
    EXPECT_TRUE(Budget::take(budget, 40));
    EXPECT_EQ(budget->used(), 60U);
    first.reset();
    EXPECT_EQ(budget->used(), 0U);
}

} // namespace
} // namespace lm::imentivsink
