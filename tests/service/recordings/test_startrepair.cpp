#include "service/logging/log.hpp"
#include "service/recordings/startrepair.hpp"
#include "tests/service/recordings/wavfolder.hpp"

#include "plugins/common/guarded.hpp"

namespace {

using namespace lm;
using namespace lm::recordings;
using namespace std::chrono_literals;

class StartRepairOf : public test::WavFolder {
protected:
    void SetUp() override {
        WavFolder::SetUp();
        logging::setSink([this](std::string_view line) { log_.lock()->append(line).append("\n"); });
    }
    void TearDown() override {
        logging::setSink({});
        WavFolder::TearDown();
    }
    RepairCounts run() {
        const StartRepair repair(root_);
        EXPECT_TRUE(repair.wait(20s));
        return repair.counts();
    }
    Guarded<std::string> log_;
};

TEST_F(StartRepairOf, RepairsEveryRecordingAndSaysWhich) {
    put("RM_1/a.wav", wav(4000, 400));
    put("RM_2/b.wav", wav(400, 0));
    put("RM_2/sound.wav", wav(400, 400));
    put("RM_2/notes.txt", "no recording");
    const RepairCounts counts = run();
    EXPECT_EQ(counts.examined, 3U);
    EXPECT_EQ(counts.repaired, 2U);
    EXPECT_EQ(get("RM_1/a.wav"), wav(4000, 4000));
    EXPECT_EQ(get("RM_2/b.wav"), wav(400, 400));
    const std::string log = log_.copy();
    EXPECT_NE(log.find("repaired file=" + (root_ / "RM_1/a.wav").string() + " claimed=100 frames=1000"),
              std::string::npos)
        << log;
    EXPECT_NE(log.find("recordings checked files=3 repaired=2"), std::string::npos) << log;
    EXPECT_EQ(run().repaired, 0U) << "once is enough";
}

TEST_F(StartRepairOf, CountsWhatCannotBeRepaired) {
    put("m/empty.wav", "");
    put("m/cut.wav", "RIFF");
    put("m/foreign.wav", "this is not a WAV file at all");
    std::filesystem::create_symlink(root_ / "m/foreign.wav", root_ / "m/link.wav");
    const RepairCounts counts = run();
    EXPECT_EQ(counts.unrepairable, 2U);
    EXPECT_EQ(counts.foreign, 2U);
    EXPECT_EQ(counts.repaired, 0U);
}

TEST_F(StartRepairOf, DoesNotFollowALinkOutOfTheDirectory) {
    put("elsewhere/x.wav", wav(4000, 400));
    std::filesystem::create_directory(root_ / "out");
    std::filesystem::create_directory_symlink(root_ / "elsewhere", root_ / "out/meeting");
    const StartRepair repair(root_ / "out");
    ASSERT_TRUE(repair.wait(20s));
    EXPECT_EQ(repair.counts().examined, 0U);
    EXPECT_EQ(get("elsewhere/x.wav"), wav(4000, 400));
}

TEST_F(StartRepairOf, AnEmptyOrMissingDirectoryIsSilent) {
    EXPECT_EQ(run().examined, 0U);
    const StartRepair missing(root_ / "nowhere");
    EXPECT_TRUE(missing.wait(20s));
    EXPECT_EQ(log_.copy(), "");
}

} // namespace
