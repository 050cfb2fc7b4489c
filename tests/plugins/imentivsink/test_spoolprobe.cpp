#include "tests/plugins/imentivsink/spoolhost.hpp"
#include "tests/plugins/imentivsink/spoolrig.hpp"
#include "tests/support/eventually.hpp"

#include "plugins/common/names.hpp"

#include <gtest/gtest.h>

#include <future>

/// The one request that asks whether an endpoint works again, when it is for a spooled block and the last
/// sink of that spool goes away.
namespace lm::test {
namespace {

using namespace std::chrono_literals;
using namespace lm::imentivsink;
namespace sink = names::imentivsink;

TEST(SpoolProbe, AStopGivesAProbeBackThatIsStillBeingRead) {
    SpoolDirectory directory;
    const auto spool = *Spool::open(directory.path());
    spool->write(spoolBlock(), [](SpoolWrite, std::optional<std::string> error) { EXPECT_FALSE(error); });
    SpoolHost host;
    const auto delivery = std::make_shared<SpoolDelivery>(spool, host);
    const auto track = std::make_shared<Track>(spoolTarget(), [](const Report&) {});
    delivery->attach(track);
    delivery->start();
    ASSERT_TRUE(eventually([&] { return host.pumps > 0; }, host.context())) << "the directory was not read";

    host.circuits().answered(track->target, imentivsink::Answer::Refused, Clock::now() - 1h, 0, "HTTP 401");
    std::promise<void> disk;
    spool->run([answers = disk.get_future().share()](Store&) { answers.wait(); });
    delivery->pump();
    ASSERT_EQ(host.circuits().state(track->target), Breaker::State::HalfOpen) << "the block is the probe";
    delivery->stop();
    EXPECT_TRUE(host.circuits().admit(track->target, Clock::now()).go) << "somebody else may ask";
    disk.set_value();
}

TEST(SpoolProbe, ASinkThatGoesAwayWithTheProbeLetsTheOthersAsk) {
    SpoolDirectory leaving, staying;
    FlakyService service;
    service.status = 503;
    const auto touchy = [](GstElement* element) { g_object_set(element, "circuit-failures", 1, nullptr); };
    SinkRig first(service.url(), spoolingInto(leaving, "TR_1", touchy));
    SinkRig second(service.url(), spoolingInto(staying, "TR_2", touchy));
    first.pushBlocks(1);
    ASSERT_EQ(first.expect(sink::msgSpooled).size(), 1U);
    service.status = FlakyService::kHang;
    ASSERT_TRUE(service.service().waitForHeld(1)) << "the spooled block asks whether it works again";
    service.status = 200;
    ASSERT_EQ(gst_element_set_state(first.sink(), GST_STATE_NULL), GST_STATE_CHANGE_SUCCESS);

    second.pushBlocks(1);
    EXPECT_EQ(second.expect(sink::msgDeliveredFromSpool).size(), 1U);
    EXPECT_EQ(service.sequences("TR_2"), counted(1));
}

} // namespace
} // namespace lm::test
