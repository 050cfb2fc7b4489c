#include "service/pipeline/recording.hpp"

#include "plugins/common/handles.hpp"
#include "tests/support/temporarydirectory.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace {

using namespace lm;
using namespace lm::pipeline;
namespace fs = std::filesystem;

class Recording : public testing::Test {
protected:
    std::string path() const { return recordingPath(root_ / "out", request_, time_); }

    const lm::test::TemporaryDirectory directory_;
    const fs::path root_ = directory_.path();
    domain::EgressRequest request_;
    domain::UtcTime time_{};
};

TEST_F(Recording, LiesInTheMeetingsDirectory) {
    request_.room = "room";
    request_.meetingId = "RM_1";
    EXPECT_EQ(fs::path(path()).parent_path(), root_ / "out" / "RM_1");
    EXPECT_FALSE(fs::exists(root_ / "out"));
}

class HostileName : public Recording, public testing::WithParamInterface<std::string> {};

TEST_P(HostileName, StaysInsideTheOutputDirectory) {
    request_.room = GetParam();
    request_.participant = GetParam();
    request_.trackId = GetParam();
    request_.meetingId = GetParam();
    EXPECT_EQ(fs::weakly_canonical(path()).parent_path().parent_path(), fs::weakly_canonical(root_ / "out"));
    makeDirectoryOf(path());
    std::ofstream(path()) << "kept";
    EXPECT_TRUE(fs::is_regular_file(path()));
}

INSTANTIATE_TEST_SUITE_P(Recording, HostileName,
                         testing::Values("../../etc/x", "/etc/passwd", "..", ".", "a\nb",
                                         std::string(4096, 'x'), "Ünïcödé 会議",
                                         "x ! filesink location=/etc/x", "-rf", "a\\b:c*d"));

TEST_F(Recording, AnUnusableDirectoryIsLeftToTheSinkToReport) {
    std::ofstream(root_ / "out") << "a file where the directory should be";
    request_.room = "room";
    makeDirectoryOf(path());
    EXPECT_TRUE(fs::is_regular_file(root_ / "out"));
}

} // namespace
