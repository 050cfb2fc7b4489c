#include "tests/plugins/imentivsink/sinkrig.hpp"
#include "tests/support/fakeservice.hpp"

#include "plugins/common/names.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>

namespace lm::test {
namespace {

const char* const kDelivered = names::imentivsink::msgDelivered;

std::vector<std::unique_ptr<SinkRig>> makeTracks(const std::string& url, unsigned count, guint maxInFlight) {
    std::vector<std::unique_ptr<SinkRig>> rigs;
    for (unsigned i = 0; i < count; ++i)
        rigs.push_back(std::make_unique<SinkRig>(url, [&](GstElement* sink) {
            g_object_set(sink, "track-id", ("TR_" + std::to_string(i)).c_str(), "max-in-flight", maxInFlight,
                         "timeout-ms", 60'000, nullptr);
        }));
    return rigs;
}

TEST(Tracks, KeepTheirOrderUnderAGlobalLimitThatIsNeverExceeded) {
    constexpr unsigned kTracks = 20, kBlocks = 5, kLimit = 4;
    FakeService service([](const ReceivedPost&, std::size_t) {
        Answer answer;
        answer.hold = true;
        return answer;
    });
    const auto rigs = makeTracks(service.url(), kTracks, kLimit);
    for (unsigned block = 0; block < kBlocks; ++block)
        for (const auto& rig : rigs)
            rig->pushBlocks(1, block);
    ASSERT_TRUE(service.waitForHeld(kLimit)) << "the limit is used";
    for (unsigned answered = 0; answered < kTracks * kBlocks; ++answered) {
        ASSERT_TRUE(service.waitForHeld(1));
        service.releaseOne();
    }
    for (const auto& rig : rigs)
        ASSERT_EQ(rig->expect(kDelivered, kBlocks).size(), kBlocks);
    EXPECT_EQ(service.mostHeld(), kLimit);

    std::map<std::string, unsigned> next;
    for (const auto& request : service.received()) {
        const auto track = request.header("x-track-id");
        EXPECT_EQ(request.header("x-block-sequence"), std::to_string(next[track])) << track;
        EXPECT_EQ(request.body, pattern(next[track]++)) << track;
    }
    EXPECT_EQ(next.size(), kTracks);
}

TEST(Tracks, OneThatIsStuckDoesNotHoldUpTheOthers) {
    FakeService service([](const ReceivedPost& request, std::size_t) {
        Answer answer;
        answer.hold = request.header("x-track-id") == "TR_0";
        return answer;
    });
    const auto rigs = makeTracks(service.url(), 4, 2);
    rigs[0]->pushBlocks(3);
    ASSERT_TRUE(service.waitForHeld(1));
    for (std::size_t i = 1; i < rigs.size(); ++i)
        rigs[i]->pushBlocks(5);
    for (std::size_t i = 1; i < rigs.size(); ++i)
        EXPECT_EQ(rigs[i]->expect(kDelivered, 5).size(), 5U) << i;
    EXPECT_EQ(rigs[0]->stat("delivered"), 0U);
}

TEST(Tracks, ALongBacklogDoesNotGoBeforeANewTrack) {
    FakeService service([](const ReceivedPost&, std::size_t index) {
        Answer answer;
        answer.hold = index == 0;
        return answer;
    });
    const auto rigs = makeTracks(service.url(), 2, 1);
    rigs[0]->pushBlocks(30);
    ASSERT_TRUE(service.waitForHeld(1));
    rigs[1]->pushBlocks(1);
    service.releaseAllFromNowOn();
    ASSERT_EQ(rigs[1]->expect(kDelivered).size(), 1U);
    ASSERT_EQ(rigs[0]->expect(kDelivered, 30).size(), 30U);
    const auto requests = service.received();
    const auto newTrack = std::find_if(requests.begin(), requests.end(),
                                       [](const auto& r) { return r.header("x-track-id") == "TR_1"; });
    EXPECT_LE(newTrack - requests.begin(), 2) << "its turn comes next";
}

TEST(Tracks, HaveASessionOfTheirOwn) {
    FakeService service;
    const auto rigs = makeTracks(service.url(), 2, 4);
    std::set<std::string> keys;
    for (const auto& rig : rigs) {
        rig->pushBlocks(2);
        for (const auto& message : rig->expect(kDelivered, 2))
            keys.insert(text(message, "key"));
    }
    EXPECT_EQ(keys.size(), 4U);
}

} // namespace
} // namespace lm::test
