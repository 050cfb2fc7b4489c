#include "service/pipeline/busqueue.hpp"

#include "tests/support/eventually.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace {

using namespace lm;
using namespace lm::pipeline;

class Queue : public testing::Test {
protected:
    std::vector<std::pair<BusQueue::Token, Event>> seen_;
    std::unique_ptr<BusQueue> make(std::size_t limit = 1 << 14, std::size_t maxBytes = 16 << 20) {
        return std::make_unique<BusQueue>(
            nullptr, [this](BusQueue::Token token, const Event& event) { seen_.emplace_back(token, event); },
            limit, maxBytes);
    }
};

TEST_F(Queue, KeepsTheOrderOfEachThreadAndRunsOnItsContext) {
    const auto queue = make();
    std::vector<std::thread> threads;
    for (BusQueue::Token token = 0; token < 4; ++token)
        threads.emplace_back([send = queue->sender(token)] {
            for (std::uint64_t i = 0; i < 1000; ++i)
                send(GapEvent{i, 0});
        });
    for (auto& thread : threads)
        thread.join();
    EXPECT_TRUE(seen_.empty());
    ASSERT_TRUE(test::eventually([&] { return seen_.size() == 4000; }));
    std::vector<std::uint64_t> next(4, 0);
    for (const auto& [token, event] : seen_)
        EXPECT_EQ(std::get<GapEvent>(event).sample, next[token]++);
    EXPECT_EQ(queue->discarded(), 0U);
}

TEST_F(Queue, WhenFullDiscardsAndCountsButNeverAnEnd) {
    const auto queue = make(2);
    const auto send = queue->sender(1);
    for (int i = 0; i < 5; ++i)
        send(MutedEvent{});
    send(ErrorEvent{});
    send(ClosedEvent{});
    send(EosEvent{});
    send(DownEvent{});
    EXPECT_EQ(queue->discarded(), 3U);
    ASSERT_TRUE(test::eventually([&] { return seen_.size() == 6; }));
    EXPECT_TRUE(std::holds_alternative<DownEvent>(seen_.back().second));
}

std::optional<std::string> answerIn(const std::pair<BusQueue::Token, Event>& seen) {
    return std::get<DeliveredEvent>(seen.second).response;
}

TEST_F(Queue, IsBoundedInBytesTooAndTakesAgainWhatFitsAfterwards) {
    const auto queue = make(1 << 14, 100'000);
    const auto send = queue->sender(1);
    WarningEvent large;
    large.message = std::string(60'000, 'x');
    send(large);
    send(large);
    send(MutedEvent{});
    send(EosEvent{});
    EXPECT_EQ(queue->discarded(), 1U);
    ASSERT_TRUE(test::eventually([&] { return seen_.size() == 3; }));
    send(large);
    ASSERT_TRUE(test::eventually([&] { return seen_.size() == 4; }));
    EXPECT_EQ(queue->discarded(), 1U);
}

/// A service that answers at length must not cost the ledger the word that it has the block.
TEST_F(Queue, LeavesOutAnAnswerThatIsTooMuchButNotThatTheBlockWasDelivered) {
    const auto queue = make(1 << 14, 100'000);
    const auto send = queue->sender(1);
    DeliveredEvent large;
    large.response = std::string(60'000, 'x');
    for (int i = 0; i < 20; ++i)
        send(large);
    EXPECT_EQ(queue->discarded(), 19U);
    ASSERT_TRUE(test::eventually([&] { return seen_.size() == 20; }));
    EXPECT_TRUE(answerIn(seen_.front()));
    EXPECT_FALSE(answerIn(seen_.back()));
    send(large);
    ASSERT_TRUE(test::eventually([&] { return seen_.size() == 21; }));
    EXPECT_TRUE(answerIn(seen_.back()));
}

TEST_F(Queue, LetsNoBlockLeaveTheSpoolWhoseDeliveryItDiscards) {
    const auto queue = make(1);
    const auto send = queue->sender(1);
    bool letGo = false;
    send(MutedEvent{});
    DeliveredFromSpoolEvent delivered;
    delivered.receipt = Ref<GBytes>::adopt(g_bytes_new_with_free_func(
        nullptr, 0, [](gpointer gone) { *static_cast<bool*>(gone) = true; }, &letGo));
    send(std::move(delivered));
    delivered = {};
    EXPECT_EQ(queue->discarded(), 1U);
    EXPECT_FALSE(letGo) << "the next process delivers it again, and tells the ledger";
}

TEST_F(Queue, ASenderMayOutliveIt) {
    auto queue = make();
    const auto send = queue->sender(1);
    send(EosEvent{});
    queue.reset();
    send(EosEvent{});
    while (g_main_context_iteration(nullptr, FALSE)) {
    }
    EXPECT_TRUE(seen_.empty());
}

TEST_F(Queue, MayEndInsideItsHandler) {
    std::unique_ptr<BusQueue> queue;
    int calls = 0;
    queue = std::make_unique<BusQueue>(nullptr, [&](BusQueue::Token, const Event&) {
        ++calls;
        queue.reset();
    });
    const auto send = queue->sender(1);
    send(EosEvent{});
    send(EosEvent{});
    ASSERT_TRUE(test::eventually([&] { return calls > 0; }));
    while (g_main_context_iteration(nullptr, FALSE)) {
    }
    EXPECT_EQ(calls, 1);
}

TEST_F(Queue, RoutesAPipelinesMessagesWithItsToken) {
    const auto queue = make();
    const auto pipeline = Ref<GstElement>::sink(gst_pipeline_new(nullptr));
    queue->attach(pipeline.get(), 77);
    gst_element_post_message(pipeline.get(), gst_message_new_eos(GST_OBJECT(pipeline.get())));
    ASSERT_TRUE(test::eventually([&] { return !seen_.empty(); }));
    EXPECT_EQ(seen_.front().first, 77U);
    BusQueue::detach(pipeline.get());
}

} // namespace
