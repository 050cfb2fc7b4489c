#include "plugins/videofilesink/framerecorder.hpp"
#include "plugins/videofilesink/moviewriter.hpp"
#include "tests/plugins/video/samples.hpp"

#include <gtest/gtest.h>

#include <map>

using namespace lm::test;
using namespace lm::videofilesink;
namespace files = lm::files;
using lm::video::Codec;

namespace {

/// A file system in memory with so much room.
struct Disk : files::Storage {
    struct Open : files::File {
        Open(Disk& disk, std::string path) : disk_(disk), path_(std::move(path)) {}
        files::Written writeAt(std::uint64_t offset, files::Pieces pieces) override {
            files::Written written;
            for (const auto piece : pieces)
                for (const std::byte byte : piece) {
                    Bytes& file = disk_.files[path_];
                    if (offset >= file.size()) {
                        if (disk_.room == 0) {
                            written.error = std::make_error_code(std::errc::no_space_on_device);
                            return written;
                        }
                        --disk_.room;
                        file.resize(offset + 1);
                    }
                    file[offset++] = static_cast<std::uint8_t>(byte);
                    ++written.bytes;
                }
            return written;
        }
        void cut(std::uint64_t size) override { disk_.files[path_].resize(size); }
        void settle() override {}
        Disk& disk_;
        std::string path_;
    };
    files::Opened create(const std::string& path) override {
        if (files.contains(path)) return {nullptr, std::make_error_code(std::errc::file_exists)};
        files[path];
        return {std::make_unique<Open>(*this, path)};
    }
    files::Opened reopen(const std::string&) override { return {}; }
    void remove(const std::string& path) override { files.erase(path); }
    std::map<std::string, Bytes> files;
    std::size_t room = 1 << 20;
};

struct FrameRecorderTest : testing::Test, Listener {
    void partOpened(const PartInfo& part) override { opened.push_back(part); }
    void partClosed(const PartInfo& part) override { closed.push_back(part); }
    void paused(std::uint64_t sample, const std::string&, const std::string&) override {
        pauses.push_back(sample);
    }
    void resumed(std::uint64_t, std::uint64_t skipped) override { skips.push_back(skipped); }
    void movieEnded(const std::string& path, const std::string&) override { ended = path; }
    Disk disk;
    files::Backoff::Time now{};
    FrameRecorder recorder{disk, *this, "m/x.ivf", [this] { return now; }};
    std::vector<PartInfo> opened, closed;
    std::vector<std::uint64_t> pauses, skips;
    std::string ended;
};

} // namespace

TEST_F(FrameRecorderTest, CountsFramesInTheHeaderAfterEach) {
    recorder.setStream(Codec::Vp8, {320, 240});
    for (std::uint32_t i = 0; i < 3; ++i) {
        const Bytes frame = i == 0 ? vp8Key(0) : vp8Delta(0);
        recorder.write({frame, i * 33, i == 0});
        const Bytes& file = disk.files.at("m/x.ivf");
        EXPECT_EQ(lm::video::readLe32(file, lm::video::ivfFrameCountOffset), i + 1);
        const auto header = lm::video::readIvfHeader(file);
        ASSERT_TRUE(header);
        EXPECT_EQ(header->codec, Codec::Vp8);
        EXPECT_EQ(header->size, (lm::video::Size{320, 240}));
    }
}

TEST_F(FrameRecorderTest, NeverTakesAFileThatExists) {
    disk.files["m/x.ivf"] = {1, 2, 3};
    recorder.setStream(Codec::Vp8, {320, 240});
    recorder.write({vp8Key(1), 0, true});
    EXPECT_EQ(disk.files.at("m/x.ivf"), (Bytes{1, 2, 3}));
    EXPECT_TRUE(disk.files.contains("m/x-2.ivf"));
}

TEST_F(FrameRecorderTest, GoesOnWithAKeyFrameInANewPartAfterAFullDisk) {
    FrameRecorder h264(disk, *this, "m/x.h264", [this] { return now; });
    h264.anchor(1'000'000'000);
    h264.write({keyUnit(1), 0, true});
    disk.room = 2;
    h264.write({unit(2), 100, false});
    EXPECT_EQ(pauses, std::vector<std::uint64_t>{100});
    EXPECT_EQ(disk.files.at("m/x.h264"), keyUnit(1)) << "half a frame is taken away";
    ASSERT_EQ(closed.size(), 1U);
    EXPECT_EQ(closed[0].bytes, keyUnit(1).size());
    disk.room = 1 << 20;
    now += std::chrono::seconds(1);
    h264.write({unit(3), 200, false});
    const Bytes bare = code + idr(4);
    h264.write({bare, 300, true});
    h264.finish();
    ASSERT_EQ(opened.size(), 2U);
    EXPECT_EQ(disk.files.at("m/x-part2.h264"), code + sps + code + pps + bare);
    EXPECT_EQ(opened[1].sample, 300U);
    EXPECT_EQ(opened[1].utcNs, 1'300'000'000);
    EXPECT_EQ(skips, std::vector<std::uint64_t>{200});
    EXPECT_EQ(h264.stats().skippedFrames, 2U);
}

TEST_F(FrameRecorderTest, AMovieEndsWithItsFirstFailure) {
    MovieWriter movie(disk, *this, "m/x.mkv");
    const Bytes data(10, 7);
    const files::Piece piece = std::as_bytes(std::span(data));
    movie.write({&piece, 1});
    disk.room = 3;
    movie.write({&piece, 1});
    disk.room = 100;
    movie.write({&piece, 1});
    EXPECT_EQ(disk.files.at("m/x.mkv").size(), 13U);
    EXPECT_EQ(ended, "m/x.mkv");
}

TEST_F(FrameRecorderTest, AMuxerMayGoBack) {
    MovieWriter movie(disk, *this, "m/x.mkv");
    const Bytes data{1, 2, 3, 4}, patch{9};
    const files::Piece piece = std::as_bytes(std::span(data)), over = std::as_bytes(std::span(patch));
    movie.write({&piece, 1});
    movie.seek(1);
    movie.write({&over, 1});
    EXPECT_EQ(disk.files.at("m/x.mkv"), (Bytes{1, 9, 3, 4}));
}
