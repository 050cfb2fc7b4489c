#include "plugins/common/wav/header.hpp"
#include "service/downloads/confined.hpp"
#include "service/downloads/filebody.hpp"
#include "tests/support/temporarydirectory.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <stdexcept>

namespace lm::downloads {
namespace {

namespace fs = std::filesystem;

class Downloads : public ::testing::Test {
protected:
    Downloads() {
        fs::create_directories(root_ / "RM_1");
        write(root_ / "RM_1" / "a.wav", "inside");
        write(directory_.path() / "secret", "outside");
    }
    static void write(const fs::path& path, const std::string& text) {
        std::ofstream(path, std::ios::binary) << text;
    }
    bool opens(const std::string& path) { return bool(openBelow(root_.string(), path)); }

    const test::TemporaryDirectory directory_;
    const fs::path root_ = directory_.path() / "audio";
};

TEST_F(Downloads, OpenWhatIsBelowTheDirectory) {
    EXPECT_TRUE(opens("RM_1/a.wav"));
    EXPECT_TRUE(opens((root_ / "RM_1" / "a.wav").string())) << "as a row may say, too";
}

TEST_F(Downloads, OpenNothingElse) {
    fs::create_symlink(directory_.path() / "secret", root_ / "RM_1" / "link.wav");
    fs::create_symlink(directory_.path(), root_ / "up");
    ASSERT_EQ(::mkfifo((root_ / "pipe.wav").c_str(), 0600), 0);
    for (const std::string& path : std::vector<std::string>{
             "", "/", "RM_1", "RM_1/", "../secret", "RM_1/../../secret", "RM_1//a.wav", "./RM_1/a.wav",
             "RM_1/link.wav", "up/secret", "pipe.wav", (directory_.path() / "secret").string(), "/etc/passwd",
             root_.string() + "2/x", root_.string() + "/../secret", std::string("RM_1/a.wav\0x", 12),
             "nothing.wav"})
        EXPECT_FALSE(opens(path)) << path;
}

std::string wavFile(std::uint64_t claimed, std::size_t audio) {
    const auto header = wav::header({48000, 1, 16}, claimed, 0);
    std::string text(reinterpret_cast<const char*>(header.data()), header.size());
    for (std::size_t i = 0; i < audio; ++i)
        text += static_cast<char>(i * 31);
    return text;
}

std::shared_ptr<const Snapshot> snapshotOf(const fs::path& root, const std::string& path) {
    auto taken = takeSnapshot(std::move(*openBelow(root.string(), path)));
    if (!taken) throw std::runtime_error(taken.error().message);
    return *taken;
}

std::string everything(FileBody& body) {
    std::string all;
    while (body.size() > 0) {
        std::promise<http::BodySource::Piece> piece;
        body.read([&](http::BodySource::Piece got) { piece.set_value(std::move(got)); });
        auto got = piece.get_future().get();
        if (!got) return "failed after " + std::to_string(all.size());
        all += *got;
    }
    return all;
}

TEST_F(Downloads, GiveAWholeFileAsItIs) {
    const std::string file = wavFile(1'000'000, 1'000'000);
    write(root_ / "b.wav", file);
    const auto readers = std::make_shared<Readers>(2);
    const auto snapshot = snapshotOf(root_, "b.wav");
    FileBody all(snapshot, 0, snapshot->size, readers, nullptr);
    EXPECT_TRUE(everything(all) == file);
    FileBody part(snapshot, 600, 300'000, readers, nullptr);
    EXPECT_TRUE(everything(part) == file.substr(600, 300'000));
}

TEST_F(Downloads, GiveARecordingThatGrowsAsFarAsItWas) {
    write(root_ / "c.wav", wavFile(1000, 5001)); // the header is behind, and half a frame is there
    const auto snapshot = snapshotOf(root_, "c.wav");
    write(root_ / "c.wav", wavFile(9000, 9000));
    const auto readers = std::make_shared<Readers>(1);
    FileBody body(snapshot, 0, snapshot->size, readers, nullptr);
    EXPECT_TRUE(everything(body) == wavFile(5000, 5000));
}

TEST_F(Downloads, HaveANewTagForEveryState) {
    write(root_ / "d.wav", wavFile(1000, 1000));
    const std::string before = snapshotOf(root_, "d.wav")->etag;
    EXPECT_EQ(snapshotOf(root_, "d.wav")->etag, before);
    write(root_ / "d.wav", wavFile(1000, 2000));
    EXPECT_NE(snapshotOf(root_, "d.wav")->etag, before);
    EXPECT_TRUE(before.starts_with('"') && before.ends_with('"'));
}

TEST_F(Downloads, FailWhenTheFileGetsShorter) {
    write(root_ / "e.wav", wavFile(100'000, 100'000));
    const auto snapshot = snapshotOf(root_, "e.wav");
    fs::resize_file(root_ / "e.wav", 5000);
    const auto readers = std::make_shared<Readers>(1);
    FileBody body(snapshot, 0, snapshot->size, readers, nullptr);
    EXPECT_EQ(everything(body), "failed after 0");
}

TEST_F(Downloads, FailWhenNobodyReadsAnyMore) {
    write(root_ / "f.wav", wavFile(100, 100));
    const auto snapshot = snapshotOf(root_, "f.wav");
    auto readers = std::make_shared<Readers>(1);
    FileBody body(snapshot, 0, snapshot->size, readers, nullptr);
    readers.reset();
    EXPECT_EQ(everything(body), "failed after 0");
}

TEST(Readers, RefuseWhatWouldWaitTooLong) {
    std::promise<void> begun, go;
    Readers readers(1, 1);
    ASSERT_TRUE(readers.run([&, wait = go.get_future().share()] {
        begun.set_value();
        wait.wait();
    }));
    begun.get_future().wait();
    EXPECT_TRUE(readers.run([] {}));
    EXPECT_FALSE(readers.run([] {}));
    go.set_value();
}

} // namespace
} // namespace lm::downloads
