#include "tests/plugins/imentivsink/sinkrig.hpp"
#include "tests/support/fakeservice.hpp"

#include "plugins/common/names.hpp"

#include <gtest/gtest.h>

namespace lm::test {
namespace {

const char* const kDelivered = names::imentivsink::msgDelivered;
const char* const kFailed = names::imentivsink::msgFailed;

TEST(Answers, KeepsAJsonAnswer) {
    FakeService service([](const ReceivedPost&, std::size_t) {
        return Answer{200, {{"Content-Type", "application/json; charset=utf-8"}}, R"({"label":"joy é"})"};
    });
    SinkRig rig(service.url());
    rig.pushBlocks(1);
    const auto delivered = rig.expect(kDelivered);
    ASSERT_EQ(delivered.size(), 1U);
    EXPECT_EQ(text(delivered[0], "response"), R"({"label":"joy é"})");
}

struct OddAnswer {
    const char* name;
    std::string type;
    std::string body;
};

class OddAnswers : public ::testing::TestWithParam<OddAnswer> {};

TEST_P(OddAnswers, CountAsDeliveredWithoutAResponse) {
    FakeService service([](const ReceivedPost&, std::size_t) {
        return Answer{200, {{"Content-Type", GetParam().type}}, GetParam().body};
    });
    SinkRig rig(service.url());
    rig.pushBlocks(2);
    const auto delivered = rig.expect(kDelivered, 2);
    ASSERT_EQ(delivered.size(), 2U);
    for (const auto& message : delivered)
        EXPECT_FALSE(gst_structure_has_field(gst_message_get_structure(message.get()), "response"));
}

INSTANTIATE_TEST_SUITE_P(Answers, OddAnswers,
                         ::testing::Values(OddAnswer{"NotJson", "text/html", "<p>ok</p>"},
                                           OddAnswer{"Empty", "application/json", ""},
                                           OddAnswer{"NotUtf8", "application/json", "{\"a\":\"\xff\xfe\"}"},
                                           OddAnswer{"WithNul", "application/json", std::string("{\0}", 3)},
                                           OddAnswer{"TooLarge", "application/json",
                                                     '"' + std::string(5U << 20, 'a') + '"'}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Answers, KeepsAnAnswerOfExactlyTheLimit) {
    const std::string body = '"' + std::string((64U << 10) - 2, 'a') + '"';
    FakeService service([&](const ReceivedPost&, std::size_t) {
        return Answer{200, {{"Content-Type", "application/json"}}, body};
    });
    SinkRig rig(service.url());
    rig.pushBlocks(1);
    const auto delivered = rig.expect(kDelivered);
    ASSERT_EQ(delivered.size(), 1U);
    EXPECT_EQ(text(delivered[0], "response").size(), body.size());
}

TEST(Answers, CountsABlockAsDeliveredWhenItsAnswerBreaksOff) {
    RawPeer peer("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"a\":");
    SinkRig rig(peer.url());
    rig.pushBlocks(1);
    const auto delivered = rig.expect(kDelivered);
    ASSERT_EQ(delivered.size(), 1U);
    EXPECT_EQ(text(delivered[0], "response"), "");
}

TEST(Answers, APeerThatSendsInterimAnswersWithoutEndHoldsNobody) {
    std::string flood;
    for (int i = 0; i < 20000; ++i)
        flood += "HTTP/1.1 100 Continue\r\n\r\n";
    RawPeer peer(flood);
    SinkRig rig(peer.url(), [](GstElement* sink) { g_object_set(sink, "max-attempts", 1, nullptr); });
    rig.pushBlocks(1);
    EXPECT_EQ(rig.expect(kFailed).size(), 1U);
}

TEST(Answers, SurvivesAnAnswerThatIsNotHttp) {
    RawPeer peer(std::string("\x00\xff garbage \r\n\r\n", 15));
    SinkRig rig(peer.url(), [](GstElement* sink) { g_object_set(sink, "max-attempts", 1, nullptr); });
    rig.pushBlocks(2);
    const auto failed = rig.expect(kFailed, 2);
    ASSERT_EQ(failed.size(), 2U);
}

} // namespace
} // namespace lm::test
