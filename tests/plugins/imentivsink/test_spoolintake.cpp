#include "tests/plugins/imentivsink/spoolhost.hpp"
#include "tests/plugins/imentivsink/spoolrig.hpp"
#include "tests/support/eventually.hpp"

#include "plugins/common/names.hpp"
#include "plugins/imentivsink/body.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

/// What goes into the spool, and in which order.
namespace lm::test {
namespace {

using ::testing::HasSubstr;
namespace sink = names::imentivsink;

/// Block 0 is in the spool, and the request that carries it from there hangs.
void hangWithOneSpooled(FlakyService& service, SinkRig& rig) {
    service.status = 503;
    rig.pushBlocks(1);
    ASSERT_EQ(rig.expect(sink::msgSpooled).size(), 1U);
    service.status = FlakyService::kHang;
    ASSERT_TRUE(service.service().waitForHeld(1));
}

/// Pushes a block when the first message of a name is posted, on the thread that posts it.
struct PushOn {
    PushOn(SinkRig& rig, const char* name) : rig_(rig), name_(name) {
        const auto bus = Ref<GstBus>::adopt(gst_element_get_bus(rig.sink()));
        gst_bus_set_sync_handler(
            bus.get(),
            [](GstBus*, GstMessage* message, gpointer data) {
                auto* self = static_cast<PushOn*>(data);
                if (nameOf(message) == self->name_ && !std::exchange(self->pushed_, true))
                    self->rig_.push("late" + pattern(9));
                return GST_BUS_PASS;
            },
            this, nullptr);
    }
    ~PushOn() {
        const auto bus = Ref<GstBus>::adopt(gst_element_get_bus(rig_.sink()));
        gst_bus_set_sync_handler(bus.get(), nullptr, nullptr, nullptr);
    }
    PushOn(const PushOn&) = delete;
    PushOn& operator=(const PushOn&) = delete;

private:
    SinkRig& rig_;
    const std::string name_;
    bool pushed_ = false;
};

TEST(SpoolIntake, ABlockThatComesWhileOthersAreStoredDoesNotOvertakeThem) {
    SpoolDirectory directory;
    FlakyService service;
    SinkRig rig(service.url(), spoolingInto(directory, "TR_1", [](GstElement* element) {
                    g_object_set(element, "spool-max-bytes", guint64{8000}, "timeout-ms", 600'000, nullptr);
                }));
    hangWithOneSpooled(service, rig);
    const PushOn late(rig, sink::msgDropped);
    rig.push(std::string(8000, 'x')); // finds the spool full, and is told while the next one comes
    ASSERT_EQ(rig.expect(sink::msgDropped).size(), 1U);
    const auto spooled = rig.expect(sink::msgSpooled);
    ASSERT_EQ(spooled.size(), 1U) << "it went before what waits in the spool";
    EXPECT_EQ(number(spooled[0], "sequence"), 2U);
    service.status = 200;
    service.service().release();
    ASSERT_EQ(rig.expect(sink::msgDeliveredFromSpool, 2).size(), 2U);
    EXPECT_EQ(service.sequences(), (std::vector<std::string>{"0", "2"}));
}

TEST(SpoolIntake, ABlockWhoseMemoryCannotBeReadIsLostAndNotAnEmptyFile) {
    SpoolDirectory directory;
    FlakyService service;
    SinkRig rig(service.url(), spoolingInto(directory, "TR_1", [](GstElement* element) {
                    g_object_set(element, "timeout-ms", 600'000, nullptr);
                }));
    hangWithOneSpooled(service, rig);
    const auto memory = Ref<GstMemory>::adopt(gst_allocator_alloc(nullptr, 1920, nullptr));
    GstBuffer* buffer = gst_buffer_new();
    gst_buffer_append_memory(buffer, gst_memory_ref(memory.get()));
    ASSERT_TRUE(gst_memory_lock(memory.get(), GST_LOCK_FLAG_WRITE)) << "nobody may map it to read";
    ASSERT_EQ(gst_harness_push(rig.harness(), buffer), GST_FLOW_OK);
    const auto dropped = rig.expect(sink::msgDropped);
    gst_memory_unlock(memory.get(), GST_LOCK_FLAG_WRITE);
    ASSERT_EQ(dropped.size(), 1U);
    EXPECT_THAT(text(dropped[0], "reason"), HasSubstr("cannot be read"));
    EXPECT_EQ(directory.blocks().size(), 1U);
    EXPECT_EQ(rig.stat("spooled"), 1U);
}

/// As with every track that ends while the disk of the spool hangs.
TEST(SpoolIntake, WhatAHangingDiskHasNotTakenCountsAsMemoryAlthoughItsTrackHasGone) {
    using namespace imentivsink;
    SpoolDirectory directory;
    const auto spool = *Spool::open(directory.path());
    std::promise<void> disk;
    spool->run([answers = disk.get_future().share()](Store&) { answers.wait(); });
    SpoolHost host;
    const auto delivery = std::make_shared<SpoolDelivery>(spool, host);
    const auto budget = std::make_shared<Budget>(1U << 20);
    {
        Target target;
        target.spools = true;
        const auto track = std::make_shared<Track>(target, [](const Report&) {});
        auto body = std::make_shared<BufferBody>(Ref<GstBuffer>::adopt(bufferOf("samples")),
                                                 *Budget::take(budget, 7));
        auto payload = body->chunks();
        track->push({{}, std::move(body), 7, Clock::now()});
        delivery->store(track, track->takeForSpool().at(0), std::move(payload), 0, "");
        track->cancel("the spool did not take it in time", true);
    }
    EXPECT_EQ(budget->used(), 7U);
    disk.set_value();
    EXPECT_TRUE(eventually([&] { return budget->used() == 0; }, host.context()));
}

} // namespace
} // namespace lm::test
