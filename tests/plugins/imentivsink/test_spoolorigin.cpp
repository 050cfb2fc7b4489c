#include "tests/plugins/imentivsink/spoolrig.hpp"

#include "plugins/common/names.hpp"

#include <gtest/gtest.h>

/// Whose block a message of the spool is about.
namespace lm::test {
namespace {

namespace sink = names::imentivsink;

/// Leaves blocks of a start that is over in the directory.
void leaveBehind(const SpoolDirectory& directory, FlakyService& service, unsigned blocks) {
    service.status = 503;
    SinkRig rig(service.url(), spoolingInto(directory));
    rig.pushBlocks(blocks);
    ASSERT_EQ(rig.expect(sink::msgSpooled, blocks).size(), blocks);
}

TEST(SpoolOrigin, ABlockThatTheSinkMadeItselfIsItsOwn) {
    SpoolDirectory directory;
    FlakyService service;
    service.status = 503;
    SinkRig rig(service.url(), spoolingInto(directory));
    rig.pushBlocks(1);
    ASSERT_EQ(rig.expect(sink::msgSpooled).size(), 1U);
    service.status = 200;
    const auto delivered = rig.expect(sink::msgDeliveredFromSpool);
    ASSERT_EQ(delivered.size(), 1U);
    EXPECT_TRUE(flag(delivered[0], "own"));
    service.status = 422;
    rig.pushBlocks(1, 1);
    const auto dead = rig.expect(sink::msgDeadLetter);
    ASSERT_EQ(dead.size(), 1U);
    EXPECT_TRUE(flag(dead[0], "own"));
}

TEST(SpoolOrigin, ABlockOfAnEarlierStartIsNotItsOwnAlthoughTheTrackIsTheSame) {
    SpoolDirectory directory;
    FlakyService service;
    leaveBehind(directory, service, 1);
    service.status = 200;
    SinkRig rig(service.url(), spoolingInto(directory));
    const auto delivered = rig.expect(sink::msgDeliveredFromSpool);
    ASSERT_EQ(delivered.size(), 1U);
    EXPECT_EQ(text(delivered[0], "track"), "TR_1");
    EXPECT_FALSE(flag(delivered[0], "own"));
}

TEST(SpoolOrigin, ADeadLetterOfAnotherSinkIsNotItsOwn) {
    SpoolDirectory directory;
    FlakyService service;
    leaveBehind(directory, service, 1);
    service.status = 413;
    SinkRig rig(service.url(), spoolingInto(directory, "TR_2"));
    const auto dead = rig.expect(sink::msgDeadLetter);
    ASSERT_EQ(dead.size(), 1U);
    EXPECT_EQ(text(dead[0], "track"), "TR_1");
    EXPECT_FALSE(flag(dead[0], "own"));
}

} // namespace
} // namespace lm::test
