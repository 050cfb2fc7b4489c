#include "tests/plugins/imentivsink/spoolrig.hpp"
#include "tests/support/eventually.hpp"

#include "plugins/common/names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

/// Blocks that nobody took for longer than they may wait.
namespace lm::test {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;
namespace sink = names::imentivsink;

class SpoolAge : public ::testing::Test {
protected:
    /// Leaves blocks in the spool that were put there two days ago.
    void leaveOld(unsigned count) {
        service_.status = 503;
        SinkRig rig(service_.url(), spoolingInto(directory_));
        rig.pushBlocks(count);
        ASSERT_EQ(rig.expect(sink::msgSpooled, count).size(), count);
        ASSERT_EQ(gst_element_set_state(rig.sink(), GST_STATE_NULL), GST_STATE_CHANGE_SUCCESS);
        for (const auto& name : directory_.blocks())
            fs::last_write_time(directory_.file(name),
                                fs::file_time_type::clock::now() - std::chrono::hours(48));
    }
    static SinkRig::Setup forADay(const SpoolDirectory& directory) {
        return spoolingInto(directory, "TR_2", [](GstElement* element) {
            g_object_set(element, "spool-max-age", 24 * 3600, nullptr);
        });
    }

    SpoolDirectory directory_;
    FlakyService service_;
};

TEST_F(SpoolAge, ABlockThatIsTooOldIsADeadLetterCountedAndToldOnce) {
    leaveOld(2);
    SinkRig rig(service_.url(), forADay(directory_));
    const auto dead = rig.expect(sink::msgDeadLetter, 2);
    ASSERT_EQ(dead.size(), 2U);
    EXPECT_EQ(number(dead[0], "status"), 0U);
    EXPECT_EQ(text(dead[0], "track"), "TR_1");
    EXPECT_THAT(text(dead[0], "reason"), HasSubstr("maximum age"));
    EXPECT_TRUE(directory_.emptied());
    EXPECT_EQ(directory_.blocks("dead").size(), 2U);
    EXPECT_EQ(rig.stat("dead-lettered"), 2U);
    EXPECT_TRUE(eventually([&] { return rig.stat("spool-dead-blocks") == 2; }));
    service_.status = 200;
    rig.pushBlocks(1);
    EXPECT_TRUE(eventually([&] { return service_.sequences("TR_2") == counted(1); }));
    EXPECT_TRUE(service_.sequences("TR_1").empty());
    EXPECT_EQ(rig.countSeen(sink::msgDeadLetter), 2U);
}

TEST_F(SpoolAge, ABlockThatIsTooOldIsNotDeliveredThoughTheServiceIsBack) {
    leaveOld(5);
    service_.status = 200;
    SinkRig rig(service_.url(), forADay(directory_));
    EXPECT_EQ(rig.expect(sink::msgDeadLetter, 5).size(), 5U);
    EXPECT_TRUE(directory_.emptied());
    EXPECT_TRUE(service_.sequences("TR_1").empty());
    EXPECT_EQ(rig.stat("delivered-from-spool"), 0U);
}

TEST_F(SpoolAge, AFileThatIsTooOldAndNotWholeIsCountedAndToldAsBad) {
    leaveOld(1);
    const auto file = directory_.file(directory_.blocks().at(0));
    const auto old = fs::last_write_time(file);
    fs::resize_file(file, fs::file_size(file) - 1);
    fs::last_write_time(file, old);
    SinkRig rig(service_.url(), forADay(directory_));
    const auto notices = rig.expect(sink::msgSpoolNotice);
    ASSERT_EQ(notices.size(), 1U);
    EXPECT_THAT(text(notices[0], "text"), HasSubstr("not a whole block"));
    EXPECT_TRUE(eventually([&] { return rig.stat("spool-bad-files") == 1; }));
    EXPECT_EQ(directory_.blocks("bad").size(), 1U);
    EXPECT_EQ(directory_.blocks("dead").size(), 0U);
}

TEST_F(SpoolAge, AFileThatSomebodyTookAwayIsCountedAndTold) {
    service_.status = 503;
    SinkRig rig(service_.url(), spoolingInto(directory_));
    rig.pushBlocks(1);
    ASSERT_EQ(rig.expect(sink::msgSpooled).size(), 1U);
    const auto name = directory_.blocks().at(0);
    fs::remove(directory_.file(name));
    const auto notices = rig.expect(sink::msgSpoolNotice);
    ASSERT_EQ(notices.size(), 1U);
    EXPECT_THAT(text(notices[0], "text"), HasSubstr("taken away"));
    EXPECT_THAT(text(notices[0], "text"), HasSubstr(name));
    EXPECT_TRUE(
        eventually([&] { return rig.stat("spool-gone-files") == 1 && rig.stat("spool-blocks") == 0; }));
}

TEST_F(SpoolAge, DeadLettersFillTheSpoolAndThatIsTold) {
    service_.status = 422;
    SinkRig rig(service_.url(), spoolingInto(directory_, "TR_1", [](GstElement* element) {
                    g_object_set(element, "spool-max-bytes", guint64{3000}, nullptr);
                }));
    rig.pushBlocks(1);
    ASSERT_EQ(rig.expect(sink::msgDeadLetter).size(), 1U);
    rig.pushBlocks(1, 1);
    ASSERT_EQ(rig.expect(sink::msgDeadLetter).size(), 1U);
    rig.pushBlocks(1, 2);
    const auto dropped = rig.expect(sink::msgDropped);
    ASSERT_EQ(dropped.size(), 1U);
    EXPECT_THAT(text(dropped[0], "reason"), HasSubstr("the dead letters fill the spool"));
}

} // namespace
} // namespace lm::test
