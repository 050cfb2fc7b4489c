#include "service/pipelinelog/appender.hpp"

#include "plugins/common/handles.hpp"
#include "tests/support/temporarydirectory.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace {

using namespace lm;
namespace fs = std::filesystem;

class AppenderTest : public testing::Test {
protected:
    std::string read(const std::string& name) {
        std::ifstream in(root_ / name);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    static std::ptrdiff_t descriptors() {
        const fs::directory_iterator open("/proc/self/fd");
        return std::distance(begin(open), end(open));
    }
    const lm::test::TemporaryDirectory directory_;
    const fs::path root_ = directory_.path();
    pipelinelog::Appender appender_{2};
};

TEST_F(AppenderTest, AppendsToWhatIsThereAndMakesDirectories) {
    EXPECT_EQ(appender_.append(root_ / "a/b/x.log", "one\n"), 0);
    EXPECT_EQ(appender_.append(root_ / "a/b/x.log", "two\n"), 0);
    EXPECT_EQ(read("a/b/x.log"), "one\ntwo\n");
}

TEST_F(AppenderTest, KeepsOnlyAFewFilesOpen) {
    const auto before = descriptors();
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(appender_.append(root_ / (std::to_string(i) + ".log"), "x\n"), 0);
    EXPECT_EQ(descriptors(), before + 2);
    EXPECT_EQ(appender_.append(root_ / "0.log", "y\n"), 0);
    EXPECT_EQ(read("0.log"), "x\ny\n");
}

TEST_F(AppenderTest, WritesToANewFileWhenTheOldOneWasMovedAway) {
    EXPECT_EQ(appender_.append(root_ / "x.log", "old\n"), 0);
    fs::rename(root_ / "x.log", root_ / "x.log.1");
    EXPECT_EQ(appender_.append(root_ / "x.log", "new\n"), 0);
    EXPECT_EQ(read("x.log"), "new\n");
    EXPECT_EQ(read("x.log.1"), "old\n");
}

TEST_F(AppenderTest, TakesBackLinesThatWereCut) {
    EXPECT_EQ(appender_.append(root_ / "x.log", "whole\n"), 0);
    rlimit limit = {};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &limit), 0);
    const rlimit small = {10, limit.rlim_max};
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const int failed = appender_.append(root_ / "x.log", "cut in the middle\n");
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
    std::signal(SIGXFSZ, handler);
    EXPECT_EQ(failed, EFBIG);
    for (int i = 0; i < 2; ++i) // others push its descriptor out
        EXPECT_EQ(appender_.append(root_ / (std::to_string(i) + ".log"), "x\n"), 0);
    EXPECT_EQ(appender_.append(root_ / "x.log", "next\n"), 0);
    EXPECT_EQ(read("x.log"), "whole\nnext\n");
}

TEST_F(AppenderTest, AnswersTheErrorOfAFileThatCannotBeWritten) {
    EXPECT_EQ(appender_.append("/dev/full", "x\n"), ENOSPC);
    EXPECT_EQ(appender_.append(root_, "x\n"), EISDIR);
}

} // namespace
