#include "service/pipeline/recording.hpp"

#include "plugins/common/handles.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace {

using namespace lm;
using namespace lm::pipeline;
namespace fs = std::filesystem;

class Recording : public testing::Test {
protected:
    void SetUp() override {
        const Owned<char> dir(g_dir_make_tmp("lm-recording-XXXXXX", nullptr));
        root_ = dir.get();
    }
    void TearDown() override { fs::remove_all(root_); }
    Result<std::string> reserve() { return reserveRecording(root_ / "out", request_, time_); }

    fs::path root_;
    domain::EgressRequest request_;
    domain::UtcTime time_{};
};

TEST_F(Recording, LiesInTheMeetingsDirectory) {
    request_.room = "room";
    request_.meetingId = "RM_1";
    const auto path = reserve();
    ASSERT_TRUE(path);
    EXPECT_EQ(fs::path(*path).parent_path(), root_ / "out" / "RM_1");
    EXPECT_EQ(fs::file_size(*path), 0U);
}

TEST_F(Recording, IsNeverTheSameFileTwice) {
    request_.room = "room";
    const auto first = reserve();
    ASSERT_TRUE(first);
    std::ofstream(*first) << "kept";
    const auto second = reserve();
    const auto third = reserve();
    ASSERT_TRUE(second);
    ASSERT_TRUE(third);
    EXPECT_EQ(*second, first->substr(0, first->size() - 4) + "-2.wav");
    EXPECT_EQ(*third, first->substr(0, first->size() - 4) + "-3.wav");
    EXPECT_EQ(fs::file_size(*first), 4U);
}

TEST_F(Recording, DoesNotFollowALinkThatWaitsForIt) {
    request_.room = "room";
    const auto first = reserve();
    ASSERT_TRUE(first);
    fs::remove(*first);
    fs::create_symlink(root_ / "elsewhere", *first);
    const auto path = reserve();
    ASSERT_TRUE(path);
    EXPECT_NE(*path, *first);
    EXPECT_FALSE(fs::exists(root_ / "elsewhere"));
}

class HostileName : public Recording, public testing::WithParamInterface<std::string> {};

TEST_P(HostileName, StaysInsideTheOutputDirectory) {
    request_.room = GetParam();
    request_.participant = GetParam();
    request_.trackId = GetParam();
    request_.meetingId = GetParam();
    const auto path = reserve();
    ASSERT_TRUE(path) << path.error().message;
    EXPECT_EQ(fs::weakly_canonical(*path).parent_path().parent_path(), fs::weakly_canonical(root_ / "out"));
    EXPECT_TRUE(fs::is_regular_file(*path));
}

INSTANTIATE_TEST_SUITE_P(Recording, HostileName,
                         testing::Values("../../etc/x", "/etc/passwd", "..", ".", "a\nb",
                                         std::string(4096, 'x'), "Ünïcödé 会議",
                                         "x ! filesink location=/etc/x", "-rf", "a\\b:c*d"));

TEST_F(Recording, AnUnusableDirectoryIsReported) {
    std::ofstream(root_ / "out") << "a file where the directory should be";
    request_.room = "room";
    const auto path = reserve();
    ASSERT_FALSE(path);
    EXPECT_EQ(path.error().where, root_ / "out" / "room");
}

TEST_F(Recording, OnlyAnEmptyOneIsRemoved) {
    request_.room = "room";
    const auto path = reserve();
    ASSERT_TRUE(path);
    std::ofstream(*path) << "x";
    EXPECT_FALSE(removeIfEmpty(*path));
    std::ofstream(*path, std::ios::trunc);
    EXPECT_TRUE(removeIfEmpty(*path));
    EXPECT_FALSE(fs::exists(*path));
}

TEST_F(Recording, AHeaderAloneIsRemovedAndASingleSampleKept) {
    request_.room = "room";
    const auto path = reserve();
    ASSERT_TRUE(path);
    const std::string header = std::string(36, 'h') + "data" + std::string(4, '\xff');
    std::ofstream(*path) << header << "ss";
    EXPECT_FALSE(removeIfEmpty(*path));
    std::ofstream(*path, std::ios::trunc) << header;
    EXPECT_TRUE(removeIfEmpty(*path));
    EXPECT_FALSE(fs::exists(*path));
}

} // namespace
