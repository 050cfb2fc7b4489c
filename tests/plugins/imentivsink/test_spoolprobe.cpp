#include "tests/plugins/imentivsink/spoolhost.hpp"
#include "tests/plugins/imentivsink/spoolrig.hpp"
#include "tests/support/eventually.hpp"

#include "plugins/common/names.hpp"
#include "plugins/imentivsink/encoding.hpp"

#include <gtest/gtest.h>

#include <future>

/// The one request that asks whether an endpoint works again, when it is for a spooled block and the last
/// sink of that spool goes away.
namespace lm::test {
namespace {

using namespace std::chrono_literals;
using namespace lm::imentivsink;
namespace sink = names::imentivsink;

constexpr auto kSession = "0190aa5e-1b2c-4d3e-8f90-a1b2c3d4e5f6";

Target target() {
    Target target;
    target.endpoint = "http://h/in";
    target.session = kSession;
    target.startedUs = 1;
    target.route = routeOf(target.endpoint);
    target.spools = true;
    return target;
}

SpoolWrite block(const Target& target) {
    SpoolWrite write;
    Record& r = write.record;
    r.endpoint = target.endpoint;
    r.session = target.session;
    r.query = requestQuery(r.identity, r.block.format);
    r.contentType = "audio/wav";
    write.name = {target.startedUs, target.session, target.route, 0};
    write.payload.push_back(Ref<GBytes>::adopt(g_bytes_new_static("x", 1)));
    return write;
}

TEST(SpoolProbe, AStopGivesAProbeBackThatIsStillBeingRead) {
    SpoolDirectory directory;
    const auto spool = *Spool::open(directory.path());
    spool->write(block(target()), [](SpoolWrite, std::optional<std::string> error) { EXPECT_FALSE(error); });
    SpoolHost host;
    const auto delivery = std::make_shared<SpoolDelivery>(spool, host);
    const auto track = std::make_shared<Track>(target(), [](const Report&) {});
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
