#include "service/config/settings.hpp"
#include "service/daemon/directories.hpp"
#include "service/daemon/plugin.hpp"
#include "service/daemon/usage.hpp"
#include "service/daemon/watchdog.hpp"
#include "tests/support/temporarydirectory.hpp"

#include <glib/gstdio.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace lm::daemon {
namespace {

class Directory : public ::testing::Test {
protected:
    const lm::test::TemporaryDirectory directory_;
    const std::string root_ = directory_.path();
};

TEST_F(Directory, IsMadeWithWhatIsMissingAboveIt) {
    EXPECT_FALSE(prepareDirectory("X_DIR", root_ + "/a/b/c"));
    EXPECT_TRUE(std::filesystem::is_directory(root_ + "/a/b/c"));
    EXPECT_FALSE(prepareDirectory("X_DIR", root_ + "/a/b/c"));
}

TEST_F(Directory, ThatCannotBeIsNamedWithItsVariable) {
    std::ofstream(root_ + "/file") << "x";
    for (const std::string& path : {root_ + "/file", root_ + "/file/below"}) {
        const auto error = prepareDirectory("X_DIR", path);
        ASSERT_TRUE(error);
        EXPECT_NE(error->message.find("X_DIR"), std::string::npos);
        EXPECT_NE(error->message.find(path), std::string::npos);
    }
}

TEST(Plugin, IsLookedForBesideTheExecutableFirst) {
    const auto candidates = pluginCandidates("/b/service/live-meetingd");
    ASSERT_EQ(candidates.size(), 3u);
    EXPECT_EQ(candidates[0], "/b/plugins/libgstlivemeeting.so");
    EXPECT_TRUE(candidates[1].starts_with("/b/lib")) << candidates[1];
    EXPECT_TRUE(candidates[2].starts_with("/")) << candidates[2];
}

TEST(Usage, ListsEveryVariable) {
    const std::string text = usage();
    for (const auto& variable : config::variables())
        EXPECT_NE(text.find(std::string("  ") + variable.name + "=" + variable.defaultValue + "\n"),
                  std::string::npos)
            << variable.name;
}

TEST(Usage, KnowsWhatIsAskedFor) {
    const auto task = [](std::vector<const char*> arguments) { return taskOf(arguments); };
    EXPECT_EQ(task({}), Task::Serve);
    EXPECT_EQ(task({"--help"}), Task::Help);
    EXPECT_EQ(task({"--version"}), Task::Version);
    EXPECT_EQ(task({"--migrate"}), Task::Migrate);
    EXPECT_EQ(task({"--migrate", "--dry-run"}), Task::ShowMigrations);
    EXPECT_EQ(task({"--dry-run", "--migrate"}), Task::ShowMigrations);
    for (const auto& wrong : std::vector<std::vector<const char*>>{
             {"--dry-run"}, {"--port=1"}, {""}, {"--help", "--version"}, {"--migrate", "--migrate"}})
        EXPECT_FALSE(task(wrong));
}

TEST(Watchdog, EndsAProcessThatHangs) {
    // The watchdog starts a thread: a process that was only forked may not, and hangs behind ThreadSanitizer.
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(
        {
            armWatchdog(std::chrono::milliseconds(20), "the deadline has passed");
            for (;;)
                ::poll(nullptr, 0, -1);
        },
        ::testing::ExitedWithCode(exitDeadline), "deadline");
}

} // namespace
} // namespace lm::daemon
