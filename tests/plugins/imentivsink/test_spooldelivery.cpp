#include "tests/plugins/imentivsink/spoolrig.hpp"
#include "tests/support/eventually.hpp"

#include "plugins/common/names.hpp"
#include "plugins/imentivsink/dispatcher.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <future>
#include <sstream>

namespace lm::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
namespace sink = names::imentivsink;

std::string contents(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream all;
    all << in.rdbuf();
    return all.str();
}

TEST(SpoolDelivery, ABlockThatIsOutOfAttemptsIsOnDiskAndDeliveredLaterAsTheSameRequest) {
    SpoolDirectory directory;
    FlakyService service;
    service.status = 503;
    SinkRig rig(service.url("/in?tenant=7"), spoolingInto(directory));
    rig.pushBlocks(1);
    const auto spooled = rig.expect(sink::msgSpooled);
    ASSERT_EQ(spooled.size(), 1U);
    EXPECT_EQ(number(spooled[0], "status"), 503U);
    EXPECT_EQ(number(spooled[0], "attempts"), 1U);
    EXPECT_EQ(rig.stat("spooled"), 1U);
    EXPECT_EQ(rig.stat("queued-bytes"), 0U) << "the memory is free";

    service.status = 200;
    const auto delivered = rig.expect(sink::msgDeliveredFromSpool);
    ASSERT_EQ(delivered.size(), 1U);
    EXPECT_EQ(text(delivered[0], "key"), text(spooled[0], "key"));
    EXPECT_EQ(number(delivered[0], "samples"), 480U);
    EXPECT_EQ(text(delivered[0], "participant"), "Zoë");
    const auto requests = service.service().received();
    EXPECT_EQ(requests.back().headers, requests.front().headers);
    EXPECT_EQ(requests.back().query, requests.front().query);
    EXPECT_EQ(requests.back().body, pattern(0));
    EXPECT_TRUE(directory.emptied());
    EXPECT_EQ(rig.stat("delivered-from-spool"), 1U);
}

TEST(SpoolDelivery, ABlockStaysOnDiskWhileItsReceiptIsHeldAndTheNextOnesGoOn) {
    SpoolDirectory directory;
    FlakyService service;
    service.status = 503;
    SinkRig rig(service.url(), spoolingInto(directory, "TR_1", [](GstElement* element) {
                    g_object_set(element, "spool-receipts", TRUE, nullptr);
                }));
    rig.pushBlocks(2);
    ASSERT_EQ(rig.expect(sink::msgSpooled, 2).size(), 2U);
    service.status = 200;
    auto delivered = rig.expect(sink::msgDeliveredFromSpool, 2);
    ASSERT_EQ(delivered.size(), 2U);
    EXPECT_EQ(directory.blocks().size(), 2U) << "a process that is killed now delivers both again";
    delivered.clear();
    EXPECT_TRUE(directory.emptied());
    EXPECT_EQ(service.sequences(), counted(2));
}

TEST(SpoolDelivery, AReceiptThatIsHeldForLongerThanTheSpoolIsOpenRemovesTheFile) {
    SpoolDirectory directory;
    FlakyService service;
    service.status = 503;
    std::vector<Ref<GstMessage>> delivered;
    {
        SinkRig rig(service.url(), spoolingInto(directory, "TR_1", [](GstElement* element) {
                        g_object_set(element, "spool-receipts", TRUE, nullptr);
                    }));
        rig.pushBlocks(1);
        ASSERT_EQ(rig.expect(sink::msgSpooled).size(), 1U);
        service.status = 200;
        delivered = rig.expect(sink::msgDeliveredFromSpool);
        ASSERT_EQ(delivered.size(), 1U);
    }
    EXPECT_EQ(directory.blocks().size(), 1U);
    delivered.clear();
    EXPECT_TRUE(directory.emptied());
}

TEST(SpoolDelivery, BlocksBehindASpooledOneQueueBehindItAndThenGoDirectlyAgain) {
    SpoolDirectory directory;
    FlakyService service;
    service.status = 503;
    SinkRig rig(service.url(), spoolingInto(directory));
    rig.pushBlocks(6);
    ASSERT_EQ(rig.expect(sink::msgSpooled, 6).size(), 6U);
    service.status = 200;
    ASSERT_EQ(rig.expect(sink::msgDeliveredFromSpool, 6).size(), 6U);
    rig.pushBlocks(1, 6);
    ASSERT_EQ(rig.expect(sink::msgDelivered).size(), 1U);
    EXPECT_EQ(service.sequences(), counted(7));
    for (unsigned i = 0; i < 7; ++i)
        EXPECT_EQ(service.taken()[i].body, pattern(i));
}

TEST(SpoolDelivery, AFileHoldsNoSecret) {
    SpoolDirectory directory;
    FlakyService service;
    service.status = 503;
    SinkRig rig("http://ann:hunter2@" + service.url("/in?token=hunter2").substr(7), spoolingInto(directory));
    rig.pushBlocks(1);
    ASSERT_EQ(rig.expect(sink::msgSpooled).size(), 1U);
    const auto names = directory.blocks();
    ASSERT_EQ(names.size(), 1U);
    const auto file = contents(directory.file(names[0]));
    EXPECT_THAT(file, HasSubstr("/in?token=***"));
    EXPECT_THAT(file, Not(HasSubstr("hunter2")));
    EXPECT_THAT(file, Not(HasSubstr("sk-secret")));
}

TEST(SpoolDelivery, AnotherStartWithAnotherKeyDeliversWhatIsLeft) {
    SpoolDirectory directory;
    FlakyService service;
    service.status = 401;
    std::string key;
    {
        SinkRig rig(service.url(), spoolingInto(directory));
        rig.pushBlocks(3);
        const auto spooled = rig.expect(sink::msgSpooled, 3);
        ASSERT_EQ(spooled.size(), 3U);
        key = text(spooled[0], "key");
    }
    ASSERT_EQ(directory.blocks().size(), 3U);
    service.status = 200;
    auto keeper = makeSink(service.url());
    const auto bus = Ref<GstBus>::adopt(gst_bus_new());
    gst_element_set_bus(keeper.get(), bus.get());
    g_object_set(keeper.get(), "spool-directory", directory.path().c_str(), "api-key", "sk-new", nullptr);
    ASSERT_EQ(gst_element_set_state(keeper.get(), GST_STATE_READY), GST_STATE_CHANGE_SUCCESS);
    EXPECT_TRUE(directory.emptied()) << "a sink in READY is enough";
    gst_element_set_state(keeper.get(), GST_STATE_NULL);
    gst_element_set_bus(keeper.get(), nullptr);
    EXPECT_EQ(service.sequences(), counted(3));
    EXPECT_EQ(service.taken()[0].header("idempotency-key"), key);
    EXPECT_EQ(service.taken()[0].header("authorization"), "Bearer sk-new");
}

TEST(SpoolDelivery, BlocksForAnotherEndpointStayUntilItIsUsedAgain) {
    SpoolDirectory directory;
    FlakyService service, other;
    service.status = 503;
    {
        SinkRig rig(service.url(), spoolingInto(directory));
        rig.pushBlocks(2);
        ASSERT_EQ(rig.expect(sink::msgSpooled, 2).size(), 2U);
    }
    {
        SinkRig rig(other.url(), spoolingInto(directory));
        rig.pushBlocks(1);
        ASSERT_EQ(rig.expect(sink::msgDelivered).size(), 1U);
        EXPECT_EQ(directory.blocks().size(), 2U);
    }
    service.status = 200;
    SinkRig rig(service.url(), spoolingInto(directory));
    ASSERT_EQ(rig.expect(sink::msgDeliveredFromSpool, 2).size(), 2U);
    EXPECT_EQ(other.taken().size(), 1U);
}

TEST(SpoolDelivery, AStopSendsWhatIsUndeliveredToTheSpoolBeforeItReturns) {
    SpoolDirectory directory;
    FlakyService service;
    service.status = FlakyService::kHang;
    SinkRig rig(service.url(), spoolingInto(directory));
    rig.pushBlocks(4);
    ASSERT_TRUE(service.service().waitForHeld(1));
    ASSERT_EQ(gst_element_set_state(rig.sink(), GST_STATE_READY), GST_STATE_CHANGE_SUCCESS);
    EXPECT_EQ(rig.countSeen(sink::msgSpooled), 4U);
    EXPECT_EQ(rig.countSeen(sink::msgFailed), 0U);
    EXPECT_EQ(directory.blocks().size(), 4U);
}

TEST(SpoolDelivery, ADrainThatTimesOutEndsInTheSpoolAndTheEosFollows) {
    SpoolDirectory directory;
    FlakyService service;
    service.status = FlakyService::kHang;
    SinkRig rig(service.url(), spoolingInto(directory, "TR_1", [](GstElement* element) {
                    g_object_set(element, "drain-timeout-ms", 50, nullptr);
                }));
    rig.pushBlocks(3);
    ASSERT_TRUE(service.service().waitForHeld(1));
    EXPECT_TRUE(rig.sendEos());
    ASSERT_EQ(rig.expect("eos").size(), 1U);
    EXPECT_EQ(rig.countSeen(sink::msgSpooled), 3U);
    EXPECT_EQ(rig.countSeen(sink::msgFailed), 0U);
}

TEST(SpoolDelivery, ADrainThatTimesOutWhileTheDiskHangsEndsAllTheSame) {
    SpoolDirectory directory;
    FlakyService service;
    service.status = FlakyService::kHang;
    SinkRig rig(service.url(), spoolingInto(directory, "TR_1", [](GstElement* element) {
                    g_object_set(element, "drain-timeout-ms", 50, "max-total-bytes", guint64{8000}, nullptr);
                }));
    rig.pushBlocks(3);
    ASSERT_TRUE(service.service().waitForHeld(1));
    std::promise<void> disk;
    (*imentivsink::Spool::open(directory.path()))
        ->run([answers = disk.get_future().share()](imentivsink::Store&) { answers.wait(); });
    EXPECT_TRUE(rig.sendEos());
    EXPECT_EQ(rig.expect("eos").size(), 1U);
    EXPECT_EQ(rig.countSeen(sink::msgFailed), 3U);
    const auto budget = imentivsink::Dispatcher::shared()->budget();
    EXPECT_TRUE(eventually([&] { return budget->used() == 0; })) << "others need the memory";
    disk.set_value();
}

TEST(SpoolDelivery, WhatIsBeyondTheMemoryOfTheTrackGoesToTheDiskWhileARequestHangs) {
    SpoolDirectory directory;
    FlakyService service;
    service.status = FlakyService::kHang;
    SinkRig rig(service.url(), spoolingInto(directory, "TR_1", [](GstElement* element) {
                    g_object_set(element, "max-queue-bytes", guint64{3 * 1920}, nullptr);
                }));
    rig.pushBlocks(1);
    ASSERT_TRUE(service.service().waitForHeld(1));
    rig.pushBlocks(4, 1);
    ASSERT_EQ(rig.expect(sink::msgSpooled, 4).size(), 4U);
    EXPECT_EQ(rig.stat("in-flight"), 1U);
    EXPECT_EQ(rig.stat("dropped"), 0U);
    service.status = 200;
    service.service().release(); // answers 503 to the first
    ASSERT_EQ(rig.expect(sink::msgDeliveredFromSpool, 5).size(), 5U);
    EXPECT_EQ(service.sequences(), counted(5)) << "none went before the one that hung";
}

TEST(SpoolDelivery, WhatIsBeyondTheMemoryOfTheProcessGoesToTheDisk) {
    SpoolDirectory directory;
    FlakyService service;
    service.status = FlakyService::kHang;
    SinkRig rig(service.url(), spoolingInto(directory, "TR_1", [](GstElement* element) {
                    g_object_set(element, "max-total-bytes", guint64{2 * 1920}, nullptr);
                }));
    rig.pushBlocks(1);
    ASSERT_TRUE(service.service().waitForHeld(1));
    rig.pushBlocks(3, 1);
    ASSERT_EQ(rig.expect(sink::msgSpooled, 3).size(), 3U);
}

TEST(SpoolDelivery, AFinalAnswerIsADeadLetterWithTheAnswerBesideIt) {
    SpoolDirectory directory;
    FlakyService service;
    service.status = 422;
    SinkRig rig(service.url(), spoolingInto(directory));
    rig.pushBlocks(1);
    const auto dead = rig.expect(sink::msgDeadLetter);
    ASSERT_EQ(dead.size(), 1U);
    EXPECT_EQ(number(dead[0], "status"), 422U);
    service.status = 200;
    rig.pushBlocks(1, 1);
    ASSERT_EQ(rig.expect(sink::msgDelivered).size(), 1U) << "the others go on";
    const auto names = directory.blocks("dead");
    ASSERT_EQ(names.size(), 1U);
    const auto answer = contents(directory.file("dead/" + names[0] + ".answer"));
    EXPECT_THAT(answer, HasSubstr("status: 422"));
    EXPECT_THAT(answer, HasSubstr("Content-Type: application/json"));
    EXPECT_THAT(answer, HasSubstr("\n\n{\"error\":\"too short\"}"));
    EXPECT_EQ(rig.stat("dead-lettered"), 1U);
    EXPECT_EQ(rig.stat("failed"), 0U);

    // Put into retry/ it is delivered after all.
    std::filesystem::rename(directory.file("dead/" + names[0]), directory.file("retry/" + names[0]));
    const auto delivered = rig.expect(sink::msgDeliveredFromSpool);
    ASSERT_EQ(delivered.size(), 1U);
    EXPECT_EQ(number(delivered[0], "sequence"), 0U);
}

TEST(SpoolDelivery, ASpooledBlockThatIsRefusedForGoodLeavesForTheDeadLetters) {
    SpoolDirectory directory;
    FlakyService service;
    service.status = 503;
    SinkRig rig(service.url(), spoolingInto(directory));
    rig.pushBlocks(2);
    ASSERT_EQ(rig.expect(sink::msgSpooled, 2).size(), 2U);
    service.status = 413;
    ASSERT_EQ(rig.expect(sink::msgDeadLetter, 2).size(), 2U);
    EXPECT_EQ(directory.blocks("dead").size(), 2U);
    EXPECT_TRUE(directory.emptied());
}

TEST(SpoolDelivery, ARefusedKeyIsAlarmedOnceAndResumesWhenItIsTakenAgain) {
    SpoolDirectory directory;
    FlakyService service;
    service.status = 401;
    SinkRig rig(service.url(), spoolingInto(directory));
    rig.pushBlocks(3);
    ASSERT_EQ(rig.expect(sink::msgSpooled, 3).size(), 3U);
    const auto circuit = rig.countSeen(sink::msgCircuit);
    EXPECT_GE(circuit, 1U);
    service.status = 200;
    ASSERT_EQ(rig.expect(sink::msgDeliveredFromSpool, 3).size(), 3U);
    EXPECT_EQ(service.sequences(), counted(3));
}

TEST(SpoolDelivery, AnOpenCircuitSendsNewTracksStraightToTheDisk) {
    SpoolDirectory directory;
    FlakyService service;
    service.status = 503;
    const auto patient = [](GstElement* element) {
        g_object_set(element, "circuit-failures", 1, "circuit-pause-ms", 600'000, nullptr);
    };
    SinkRig first(service.url(), spoolingInto(directory, "TR_1", patient));
    first.pushBlocks(1);
    ASSERT_EQ(first.expect(sink::msgSpooled).size(), 1U);
    SinkRig second(service.url(), spoolingInto(directory, "TR_2", patient));
    second.pushBlocks(2);
    const auto spooled = second.expect(sink::msgSpooled, 2);
    ASSERT_EQ(spooled.size(), 2U);
    EXPECT_EQ(number(spooled[0], "attempts"), 0U);
    EXPECT_EQ(service.service().received().size(), 1U);
}

TEST(SpoolDelivery, AFullSpoolRefusesTheNewestAndKeepsWhatItHas) {
    SpoolDirectory directory;
    FlakyService service;
    service.status = 503;
    SinkRig rig(service.url(), spoolingInto(directory, "TR_1", [](GstElement* element) {
                    g_object_set(element, "spool-max-bytes", guint64{5000}, nullptr);
                }));
    rig.pushBlocks(4);
    const auto dropped = rig.expect(sink::msgDropped, 2);
    ASSERT_EQ(dropped.size(), 2U);
    EXPECT_THAT(text(dropped[0], "reason"), HasSubstr("the spool is full"));
    EXPECT_EQ(rig.stat("spool-refused-blocks"), 2U);
    service.status = 200;
    ASSERT_EQ(rig.expect(sink::msgDeliveredFromSpool, 2).size(), 2U);
    EXPECT_EQ(service.sequences(), counted(2));
}

TEST(SpoolDelivery, ADirectoryThatCannotBeUsedFailsTheStart) {
    auto sink = makeSink("http://127.0.0.1:1/");
    g_object_set(sink.get(), "spool-directory", "/dev/null/spool", nullptr);
    EXPECT_EQ(gst_element_set_state(sink.get(), GST_STATE_READY), GST_STATE_CHANGE_FAILURE);
    gst_element_set_state(sink.get(), GST_STATE_NULL);
}

} // namespace
} // namespace lm::test
