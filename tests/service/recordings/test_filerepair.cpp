#include "service/recordings/filerepair.hpp"
#include "tests/service/recordings/wavfolder.hpp"

#include <sys/file.h>

namespace {

using namespace lm;
using namespace lm::recordings;
using Kind = Finding::Kind;

class FileRepair : public test::WavFolder {
protected:
    void SetUp() override {
        WavFolder::SetUp();
        directory_ = ::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        ::clock_gettime(CLOCK_REALTIME_COARSE, &since_);
    }
    void TearDown() override {
        ::close(directory_);
        WavFolder::TearDown();
    }
    Finding repair(const char* name) { return repairFile(directory_, name, since_); }

    int directory_ = -1;
    timespec since_{};
};

TEST_F(FileRepair, AWrongLengthBecomesTrueAndTheAudioStays) {
    put("x.wav", wav(4000, 400));
    const Finding finding = repair("x.wav");
    EXPECT_EQ(finding.kind, Kind::Examined) << finding.problem;
    EXPECT_EQ(finding.verdict, wav::Verdict::Repair);
    EXPECT_EQ(finding.claimedFrames, 100U);
    EXPECT_EQ(finding.frames, 1000U);
    EXPECT_EQ(get("x.wav"), wav(4000, 4000));
    EXPECT_EQ(repair("x.wav").verdict, wav::Verdict::Sound);
}

TEST_F(FileRepair, TheTimeOfModificationStays) {
    put("x.wav", wav(4000, 400));
    repair("x.wav");
    struct stat status {};
    ASSERT_EQ(::stat((root_ / "x.wav").c_str(), &status), 0);
    EXPECT_EQ(status.st_mtim.tv_sec, 1'000'000'000);
    EXPECT_EQ(status.st_mtim.tv_nsec, 5);
}

TEST_F(FileRepair, ALockedFileIsInUse) {
    put("x.wav", wav(4000, 400));
    const int fd = ::open((root_ / "x.wav").c_str(), O_RDONLY | O_CLOEXEC);
    ASSERT_EQ(::flock(fd, LOCK_EX | LOCK_NB), 0);
    EXPECT_EQ(repair("x.wav").kind, Kind::InUse);
    EXPECT_EQ(get("x.wav"), wav(4000, 400));
    ::close(fd);
    EXPECT_EQ(repair("x.wav").verdict, wav::Verdict::Repair);
}

TEST_F(FileRepair, AFileModifiedSinceTheStartIsInUse) {
    since_ = {1'000'000'000, 0};
    put("x.wav", wav(4000, 400));
    EXPECT_EQ(repair("x.wav").kind, Kind::InUse);
}

TEST_F(FileRepair, AFileOfTheFutureIsALeftoverOfAWrongClock) {
    put("x.wav", wav(4000, 400));
    const timespec times[2] = {{4'000'000'000, 0}, {4'000'000'000, 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, (root_ / "x.wav").c_str(), times, 0), 0);
    EXPECT_EQ(repair("x.wav").verdict, wav::Verdict::Repair);
}

TEST_F(FileRepair, LinksFifosAndDirectoriesAreNotTouched) {
    put("target", wav(4000, 400));
    std::filesystem::create_symlink(root_ / "target", root_ / "link.wav");
    ASSERT_EQ(::mkfifo((root_ / "fifo.wav").c_str(), 0600), 0);
    std::filesystem::create_directory(root_ / "directory.wav");
    for (const char* name : {"link.wav", "fifo.wav", "directory.wav"})
        EXPECT_EQ(repair(name).kind, Kind::NotAFile) << name;
    EXPECT_EQ(get("target"), wav(4000, 400));
}

TEST_F(FileRepair, AHugeSparseFileIsReportedNotRead) {
    put("x.wav", wav(0, 400));
    std::filesystem::resize_file(root_ / "x.wav", std::uintmax_t{6} << 30);
    age("x.wav");
    EXPECT_EQ(repair("x.wav").verdict, wav::Verdict::TooLong);
}

TEST_F(FileRepair, AFileThatIsGoneIsAFailureWithAReason) {
    const Finding finding = repair("x.wav");
    EXPECT_EQ(finding.kind, Kind::Failed);
    EXPECT_NE(finding.problem.find("No such file"), std::string::npos) << finding.problem;
}

TEST_F(FileRepair, EmptyAndCutFilesAreToldApart) {
    put("empty.wav", "");
    put("cut.wav", wav(0, 0).substr(0, 100));
    EXPECT_EQ(repair("empty.wav").verdict, wav::Verdict::Empty);
    EXPECT_EQ(repair("cut.wav").verdict, wav::Verdict::Cut);
    EXPECT_EQ(get("cut.wav").size(), 100U);
}

} // namespace
