#include "tests/plugins/imentivsink/sinkrig.hpp"
#include "tests/support/fakeservice.hpp"

#include "plugins/common/names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace lm::test {
namespace {

using ::testing::HasSubstr;

const char* const kDelivered = names::imentivsink::msgDelivered;
const char* const kFailed = names::imentivsink::msgFailed;
const char* const kRetrying = names::imentivsink::msgRetrying;

FakeService::Script statuses(std::vector<unsigned> list) {
    return [list](const ReceivedPost&, std::size_t index) {
        return Answer{index < list.size() ? list[index] : 200U};
    };
}

void identify(GstElement* sink) {
    g_object_set(sink, "meeting-id", "RM_1", "participant", "Zoë\r\nX-Evil: 1", "track-id", "TR_1", "api-key",
                 "sk-secret", nullptr);
}

TEST(Delivery, SendsTheSamplesBitExactWithUrlAndHeaders) {
    FakeService service;
    SinkRig rig(service.url("/in?tenant=7"), identify);
    auto* buffer = bufferOf(pattern(1));
    GST_BUFFER_OFFSET(buffer) = 96000;
    GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_MARKER);
    const auto caps = Ref<GstCaps>::adopt(gst_caps_new_empty_simple(names::utcCaps));
    gst_buffer_add_reference_timestamp_meta(buffer, caps.get(), 1'709'210'096'123'456'789ULL,
                                            GST_CLOCK_TIME_NONE);
    ASSERT_EQ(gst_harness_push(rig.harness(), buffer), GST_FLOW_OK);
    const auto delivered = rig.expect(kDelivered);
    ASSERT_EQ(delivered.size(), 1U);

    const auto request = service.received().at(0);
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.path, "/in");
    EXPECT_EQ(request.query,
              "tenant=7&meetingId=RM_1&participant=Zo%C3%AB%0D%0AX-Evil%3A%201&track=TR_1&sr=48000&ch=2");
    EXPECT_EQ(request.body, pattern(1));
    EXPECT_EQ(request.header("content-type"), "audio/L16; rate=48000; channels=2");
    EXPECT_EQ(request.header("content-length"), "1920");
    EXPECT_EQ(request.header("authorization"), "Bearer sk-secret");
    EXPECT_EQ(request.header("x-meeting-id"), "RM_1");
    EXPECT_EQ(request.header("x-participant-id"), "Zo%C3%AB%0D%0AX-Evil: 1");
    EXPECT_EQ(request.header("x-track-id"), "TR_1");
    EXPECT_EQ(request.header("x-evil"), "");
    EXPECT_EQ(request.header("idempotency-key"), text(delivered[0], "key"));
    EXPECT_THAT(request.header("idempotency-key"), ::testing::MatchesRegex("[0-9a-f-]{36}-0"));
    EXPECT_EQ(request.header("x-block-sequence"), "0");
    EXPECT_EQ(request.header("x-block-start"), "2024-02-29T12:34:56.123456Z");
    EXPECT_EQ(request.header("x-block-start-sample"), "96000");
    EXPECT_EQ(request.header("x-block-samples"), "480");
    EXPECT_EQ(request.header("x-block-final"), "true");
    EXPECT_EQ(request.header("x-audio-format"), "S16LE");
}

TEST(Delivery, JoinsTheMemoriesOfABlockInsideAWavFile) {
    FakeService service;
    SinkRig rig(service.url(),
                [](GstElement* sink) { gst_util_set_object_arg(G_OBJECT(sink), "payload", "wav"); });
    std::string all;
    GstBuffer* block = gst_buffer_new();
    for (unsigned i = 0; i < 40; ++i) {
        all += pattern(i, 100 + i);
        block = gst_buffer_append(block, bufferOf(pattern(i, 100 + i)));
    }
    ASSERT_EQ(gst_harness_push(rig.harness(), block), GST_FLOW_OK);
    ASSERT_EQ(rig.expect(kDelivered).size(), 1U);
    const auto request = service.received().at(0);
    EXPECT_EQ(request.header("content-type"), "audio/wav");
    ASSERT_EQ(request.body.size(), 44 + all.size());
    EXPECT_EQ(request.body.substr(0, 4), "RIFF");
    EXPECT_EQ(request.body.substr(8, 8), "WAVEfmt ");
    EXPECT_EQ(request.body.substr(44), all);
}

TEST(Delivery, SendsABlockLargerThanASocketTakesAtOnce) {
    FakeService service;
    SinkRig rig(service.url());
    const auto large = pattern(3, 1'000'000);
    ASSERT_EQ(rig.push(large), GST_FLOW_OK);
    ASSERT_EQ(rig.expect(kDelivered).size(), 1U);
    EXPECT_TRUE(service.received().at(0).body == large);
}

TEST(Delivery, CountsSequenceAndSamplesItselfAndFollowsACapsChange) {
    FakeService service;
    SinkRig rig(service.url());
    rig.pushBlocks(2);
    gst_harness_set_src_caps_str(rig.harness(),
                                 "audio/x-raw,format=S16LE,layout=interleaved,rate=16000,channels=1");
    rig.pushBlocks(1, 2);
    ASSERT_EQ(rig.expect(kDelivered, 3).size(), 3U);
    const auto third = service.received().at(2);
    EXPECT_EQ(third.header("x-block-sequence"), "2");
    EXPECT_EQ(third.header("x-block-start-sample"), "960");
    EXPECT_EQ(third.header("x-block-samples"), "960");
    EXPECT_EQ(third.header("content-type"), "audio/L16; rate=16000; channels=1");
    EXPECT_EQ(third.parameter("sr"), "16000");
    EXPECT_EQ(third.parameter("ch"), "1");
}

TEST(Delivery, RepeatsTheSameRequestUntilItSucceedsAndKeepsTheOrder) {
    FakeService service(statuses({503, 500}));
    SinkRig rig(service.url());
    rig.pushBlocks(2);
    const auto delivered = rig.expect(kDelivered, 2);
    ASSERT_EQ(delivered.size(), 2U);
    EXPECT_EQ(number(delivered[0], "attempts"), 3U);
    EXPECT_EQ(number(delivered[0], "status"), 200U);
    const auto requests = service.received();
    ASSERT_EQ(requests.size(), 4U);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(requests[i].headers, requests[0].headers) << i;
        EXPECT_EQ(requests[i].query, requests[0].query) << i;
        EXPECT_EQ(requests[i].body, pattern(0)) << i;
    }
    EXPECT_EQ(requests[3].body, pattern(1));
    EXPECT_EQ(rig.countSeen(kRetrying), 2U);
    EXPECT_EQ(rig.stat("retries"), 2U);
    EXPECT_EQ(rig.stat("delivered"), 2U);
}

TEST(Delivery, GivesUpAfterItsAttemptsAndGoesOnWithTheNextBlock) {
    FakeService service(statuses({500, 500, 500}));
    SinkRig rig(service.url());
    rig.pushBlocks(2);
    ASSERT_EQ(rig.expect(kDelivered).size(), 1U);
    EXPECT_EQ(rig.seen(), (std::vector<std::string>{kRetrying, kRetrying, kFailed, kDelivered}));
    EXPECT_EQ(service.received().at(3).header("x-block-sequence"), "1");
    EXPECT_EQ(rig.stat("failed"), 1U);
}

TEST(Delivery, DoesNotRepeatWhatIsFinal) {
    FakeService service(statuses({400, 413, 501}));
    SinkRig rig(service.url());
    rig.pushBlocks(4);
    const auto failed = rig.expect(kFailed, 3);
    ASSERT_EQ(failed.size(), 3U);
    EXPECT_EQ(number(failed[0], "status"), 400U);
    EXPECT_EQ(number(failed[0], "attempts"), 1U);
    EXPECT_EQ(number(failed[2], "status"), 501U);
    ASSERT_EQ(rig.expect(kDelivered).size(), 1U);
    EXPECT_EQ(service.received().size(), 4U);
}

TEST(Delivery, StopsTryingAKeyThatWasRefused) {
    FakeService service([](const ReceivedPost&, std::size_t) { return Answer{401}; });
    SinkRig rig(service.url(), identify);
    rig.pushBlocks(1);
    const auto first = rig.expect(kFailed);
    ASSERT_EQ(first.size(), 1U);
    EXPECT_EQ(text(first[0], "reason"), "the analysis service refused the API key (HTTP 401)");
    rig.pushBlocks(3, 1);
    const auto others = rig.expect(kFailed, 3);
    ASSERT_EQ(others.size(), 3U);
    EXPECT_THAT(text(others[2], "reason"), HasSubstr("refused the API key"));
    EXPECT_EQ(service.received().size(), 1U);
}

TEST(Delivery, WaitsAsLongAsRetryAfterAsks) {
    FakeService service([](const ReceivedPost&, std::size_t index) {
        return index == 0 ? Answer{429, {{"Retry-After", "1"}}} : Answer{};
    });
    SinkRig rig(service.url());
    rig.pushBlocks(1);
    const auto retrying = rig.expect(kRetrying);
    ASSERT_EQ(retrying.size(), 1U);
    EXPECT_EQ(number(retrying[0], "delay-ns"), 1'000'000'000U);
    EXPECT_EQ(number(retrying[0], "status"), 429U);
    ASSERT_EQ(rig.expect(kDelivered).size(), 1U);
}

TEST(Delivery, TimesOutWhenNoAnswerComes) {
    FakeService service([](const ReceivedPost&, std::size_t index) {
        Answer answer;
        answer.hold = index == 0;
        return answer;
    });
    SinkRig rig(service.url(), [](GstElement* sink) { g_object_set(sink, "timeout-ms", 300, nullptr); });
    rig.pushBlocks(1);
    const auto retrying = rig.expect(kRetrying);
    ASSERT_EQ(retrying.size(), 1U);
    EXPECT_EQ(text(retrying[0], "reason"), "no answer within 300 ms");
    EXPECT_EQ(number(retrying[0], "status"), 0U);
    ASSERT_EQ(rig.expect(kDelivered).size(), 1U);
}

TEST(Delivery, ReportsARefusedConnection) {
    SinkRig rig("http://127.0.0.1:" + std::to_string(refusedPort()) + "/",
                [](GstElement* sink) { g_object_set(sink, "max-attempts", 2, nullptr); });
    rig.pushBlocks(1);
    const auto failed = rig.expect(kFailed);
    ASSERT_EQ(failed.size(), 1U);
    EXPECT_EQ(number(failed[0], "attempts"), 2U);
    EXPECT_EQ(number(failed[0], "status"), 0U);
    EXPECT_NE(text(failed[0], "reason"), "");
}

TEST(Delivery, NeverFollowsARedirect) {
    FakeService elsewhere;
    FakeService service([&](const ReceivedPost&, std::size_t) {
        return Answer{307, {{"Location", elsewhere.url()}}};
    });
    SinkRig rig(service.url(), identify);
    rig.pushBlocks(1);
    const auto failed = rig.expect(kFailed);
    ASSERT_EQ(failed.size(), 1U);
    EXPECT_EQ(text(failed[0], "reason"), "redirects are not followed (HTTP 307)");
    EXPECT_TRUE(elsewhere.received().empty());
}

TEST(Delivery, DoesNotAnswerAnAuthenticationChallengeByItself) {
    FakeService service([](const ReceivedPost&, std::size_t) {
        return Answer{401, {{"WWW-Authenticate", "Basic realm=x"}}};
    });
    SinkRig rig("http://ann:pw@" + service.url().substr(7));
    rig.pushBlocks(1);
    ASSERT_EQ(rig.expect(kFailed).size(), 1U);
    ASSERT_EQ(service.received().size(), 1U);
    EXPECT_EQ(service.received()[0].header("authorization"), "Basic YW5uOnB3");
}

TEST(Delivery, UsesItsConnectionAgain) {
    FakeService service([](const ReceivedPost&, std::size_t index) {
        return Answer{
            index == 2 ? 503U : 200U, {{"Content-Type", "application/json"}}, index % 2 ? "{}" : ""};
    });
    SinkRig rig(service.url());
    rig.pushBlocks(6);
    ASSERT_EQ(rig.expect(kDelivered, 6).size(), 6U);
    std::set<unsigned> connections;
    for (const auto& request : service.received())
        connections.insert(request.peerPort);
    EXPECT_EQ(connections.size(), 1U);
}

TEST(Delivery, RenderDoesNotWaitForTheService) {
    FakeService service([](const ReceivedPost&, std::size_t) {
        Answer answer;
        answer.hold = true;
        return answer;
    });
    SinkRig rig(service.url());
    rig.pushBlocks(1);
    ASSERT_TRUE(service.waitForHeld(1));
    rig.pushBlocks(20, 1); // would hang here
    EXPECT_EQ(rig.stat("queued-blocks"), 21U);
    EXPECT_EQ(rig.stat("in-flight"), 1U);
    service.releaseAllFromNowOn();
    EXPECT_EQ(rig.expect(kDelivered, 21).size(), 21U);
}

TEST(Delivery, DropsTheNewestBlockBeyondItsMemoryAndCountsIt) {
    FakeService service([](const ReceivedPost&, std::size_t) {
        Answer answer;
        answer.hold = true;
        return answer;
    });
    SinkRig rig(service.url(),
                [](GstElement* sink) { g_object_set(sink, "max-queue-bytes", guint64{3 * 1920}, nullptr); });
    rig.pushBlocks(5);
    const auto dropped = rig.expect(names::imentivsink::msgDropped, 2);
    ASSERT_EQ(dropped.size(), 2U);
    EXPECT_EQ(number(dropped[0], "sequence"), 3U);
    EXPECT_EQ(number(dropped[1], "sequence"), 4U);
    EXPECT_EQ(text(dropped[0], "reason"), "the queue of the track is full");
    EXPECT_EQ(rig.stat("dropped"), 2U);
    EXPECT_EQ(rig.stat("queued-bytes"), 3U * 1920);
    service.releaseAllFromNowOn();
    ASSERT_EQ(rig.expect(kDelivered, 3).size(), 3U);
    rig.pushBlocks(1, 5);
    const auto next = rig.expect(kDelivered);
    ASSERT_EQ(next.size(), 1U);
    EXPECT_EQ(number(next[0], "sequence"), 5U) << "a drop leaves a hole in the sequence";
}

} // namespace
} // namespace lm::test
