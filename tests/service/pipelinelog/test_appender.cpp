#include "service/pipelinelog/appender.hpp"

#include "plugins/common/handles.hpp"
#include "tests/support/temporarydirectory.hpp"

#include <gtest/gtest.h>

#include <cerrno>
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

TEST_F(AppenderTest, AnswersTheErrorOfAFileThatCannotBeWritten) {
    EXPECT_EQ(appender_.append("/dev/full", "x\n"), ENOSPC);
    EXPECT_EQ(appender_.append(root_, "x\n"), EISDIR);
}

} // namespace
