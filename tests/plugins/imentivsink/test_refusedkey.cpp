#include "tests/plugins/imentivsink/spoolrig.hpp"
#include "tests/support/eventually.hpp"

#include "plugins/common/names.hpp"

#include <gtest/gtest.h>

namespace lm::test {
namespace {

namespace sink = names::imentivsink;

TEST(RefusedKey, WithoutASpoolAProbeThatFailsForAnotherReasonLetsTheOthersAsk) {
    FlakyService service;
    service.status = 401;
    SinkRig rig(service.url(), [](GstElement* element) {
        g_object_set(element, "max-attempts", 1, "refused-pause-ms", 1, "circuit-pause-ms", 1, nullptr);
    });
    unsigned next = 0;
    const auto pushOne = [&] {
        rig.pushBlocks(1, next++);
        return rig.stat("delivered") + rig.stat("failed") == next;
    };
    ASSERT_TRUE(eventually([&] { return pushOne() || rig.stat("failed") > 0; }));
    service.status = 503;
    ASSERT_TRUE(eventually([&] { return pushOne() || service.service().received().size() >= 2; }));
    ASSERT_TRUE(service.service().waitForRequests(2)) << "the probe";
    service.status = 200;
    EXPECT_TRUE(eventually([&] {
        pushOne();
        return rig.stat("delivered") > 0;
    })) << "nobody was asked again";
}

} // namespace
} // namespace lm::test
