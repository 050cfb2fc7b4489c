#include "service/association/relocation.hpp"

#include "plugins/common/ownedfd.hpp"
#include "service/association/ledgertail.hpp"
#include "tests/service/association/folders.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>

#include <csignal>

namespace lm::association {
namespace {

using Kind = Relocated::Kind;
using Names = std::set<std::string>;

class RelocationTest : public ::testing::Test, protected Folders {
protected:
    Relocated go(bool mayTouchOld = true) {
        return relocate(places(), what_, {at(now_), std::chrono::seconds(600), mayTouchOld});
    }
    void expectEverythingMoved() const {
        EXPECT_EQ(below(recordings()), (Names{"RM_1/" + stem() + ".wav", "RM_1/" + stem() + "-part2.wav"}));
        EXPECT_EQ(below(ledgers()), (Names{"RM_1/" + ledger()}));
        EXPECT_FALSE(fs::exists(recordings() / "daily"));
    }
    std::vector<store::MovedFile> bothFiles() const {
        return {{"daily/" + stem() + ".wav", "RM_1/" + stem() + ".wav"},
                {"daily/" + stem() + "-part2.wav", "RM_1/" + stem() + "-part2.wav"}};
    }

    int now_ = 110;
};

TEST_F(RelocationTest, TakesRecordingAndLedgerAlong) {
    recordAll();
    const auto how = go();
    EXPECT_EQ(how.kind, Kind::Done) << how.problem;
    EXPECT_EQ(how.moved, 3u);
    EXPECT_EQ(how.files, bothFiles());
    expectEverythingMoved();
    EXPECT_EQ(read(recordings() / "RM_1" / (stem() + ".wav")), stem() + ".wav");
    EXPECT_EQ(read(ledgers() / "RM_1" / ledger()),
              line("track", 0) + line("end", 1) +
                  R"({"line":"meeting","n":2,"time":"2026-01-01T00:01:50.000Z","meetingId":"RM_1"})"
                  "\n");
}

TEST_F(RelocationTest, DoesTheRestWhereverItWasInterrupted) {
    // Whatever had been done: the ledger's line, files in their order, then the ledger. The line may lack: an
    // earlier version wrote it behind the files.
    for (int done = 0; done <= 4; ++done) {
        fs::remove_all(recordings());
        fs::remove_all(ledgers());
        what_.recordings.clear();
        recordAll();
        fs::create_directories(recordings() / "RM_1");
        fs::create_directories(ledgers() / "RM_1");
        const auto take = [&](const std::string& name) {
            fs::rename(recordings() / "daily" / name, recordings() / "RM_1" / name);
        };
        if (done > 1) take(stem() + ".wav");
        if (done > 2) take(stem() + "-part2.wav");
        if (done != 0 && done != 2)
            write(ledgers() / "daily" / ledger(), line("track", 0) + line("end", 1) + line("meeting", 2));
        if (done > 3) fs::rename(ledgers() / "daily" / ledger(), ledgers() / "RM_1" / ledger());
        const auto how = go();
        EXPECT_EQ(how.kind, Kind::Done) << done << how.problem;
        EXPECT_EQ(how.files, bothFiles()) << done;
        const std::string text = read(ledgers() / "RM_1" / ledger());
        EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3) << text;
        EXPECT_NE(text.find(R"("line":"meeting","n":2)"), std::string::npos) << text;
        EXPECT_EQ(below(recordings()), (Names{"RM_1/" + stem() + ".wav", "RM_1/" + stem() + "-part2.wav"}));
    }
    EXPECT_EQ(go().kind, Kind::Done) << "and all of it again";
}

TEST_F(RelocationTest, TheLedgerNamesTheMeetingBeforeAnythingMoves) {
    recordAll();
    fs::create_directories(directory_.path() / "elsewhere");
    fs::create_directory_symlink(directory_.path() / "elsewhere", recordings() / "RM_1");
    EXPECT_EQ(go().kind, Kind::Failed) << "no file can be moved there";
    EXPECT_NE(read(ledgers() / "daily" / ledger()).find(R"("meetingId":"RM_1")"), std::string::npos);
}

TEST_F(RelocationTest, FindsFilesWhoseRowsACrashKeptFromBeingWritten) {
    record(stem() + ".wav");
    record(stem() + "-2.wav");
    record(stem() + "-part12-3.wav");
    const Names others{"daily/" + stem() + "x.wav", "daily/" + stem() + "-part.wav", "daily/other.wav",
                       "daily/" + stem() + ".wav.bak"};
    for (const std::string& other : others)
        write(recordings() / other, "other");
    const auto how = go();
    EXPECT_EQ(how.kind, Kind::Done) << how.problem;
    EXPECT_EQ(how.moved, 3u);
    EXPECT_TRUE(how.files.empty()) << "there are no rows";
    for (const std::string& other : others)
        EXPECT_TRUE(fs::exists(recordings() / other)) << other;
}

TEST_F(RelocationTest, OverwritesNothing) {
    recordAll();
    const std::string name = stem() + ".wav";
    write(recordings() / "RM_1" / name, "somebody's");
    const auto how = go();
    EXPECT_EQ(how.kind, Kind::Done);
    EXPECT_EQ(how.left, (std::vector<std::string>{name}));
    EXPECT_EQ(how.files, (std::vector<store::MovedFile>{bothFiles()[1]}));
    EXPECT_EQ(read(recordings() / "RM_1" / name), "somebody's");
    EXPECT_EQ(read(recordings() / "daily" / name), name);
}

TEST_F(RelocationTest, LeavesWhatIsBeingWritten) {
    recordAll();
    now_ = 1'000'000;
    const std::string name = recordings() / "daily" / (stem() + "-part2.wav");
    const OwnedFd writer(::open(name.c_str(), O_WRONLY));
    ASSERT_EQ(::flock(writer.get(), LOCK_EX), 0);
    EXPECT_EQ(go().kind, Kind::Busy);
    EXPECT_EQ(below(recordings()).count("daily/" + stem() + ".wav"), 1u) << "none of it has moved";
}

TEST_F(RelocationTest, WaitsForTheLastLineOfTheLedger) {
    recordAll();
    for (const std::string& text : {line("track", 0), line("track", 0) + R"({"line":"en)", std::string()}) {
        write(ledgers() / "daily" / ledger(), text);
        age(at(105));
        EXPECT_EQ(go().kind, Kind::Busy) << text;
    }
    write(ledgers() / "daily" / ledger(), line("track", 0) + line("end", 1));
    EXPECT_EQ(go().kind, Kind::Done);
}

TEST_F(RelocationTest, WaitsUntilATrackThatACrashCutIsQuiet) {
    recordAll();
    what_.track.endedAt.reset();
    age(at(100));
    now_ = 699;
    EXPECT_EQ(go().kind, Kind::Busy) << "it could run in another replica";
    now_ = 700;
    EXPECT_EQ(go(false).kind, Kind::Busy) << "it is being repaired";
    EXPECT_EQ(go().kind, Kind::Done);
    expectEverythingMoved();
}

TEST_F(RelocationTest, AddsNothingToALedgerWhoseEndIsNotWhole) {
    recordAll();
    const std::string torn = line("track", 0) + R"({"line":"blo)";
    write(ledgers() / "daily" / ledger(), torn);
    age(at(100));
    now_ = 1000;
    EXPECT_EQ(go().kind, Kind::Done);
    EXPECT_EQ(read(ledgers() / "RM_1" / ledger()), torn);
}

TEST_F(RelocationTest, KnowsWhenTheFilesAreNotHere) {
    what_.recordings.push_back({what_.track.id, 1, "daily/" + stem() + ".wav", 48000, 2, 0, 480, {}});
    EXPECT_EQ(go().kind, Kind::Elsewhere) << "no directory at all";
    write(recordings() / "daily" / "other.wav", "other");
    write(ledgers() / "daily" / "other.jsonl", "other");
    EXPECT_EQ(go().kind, Kind::Elsewhere);
    EXPECT_FALSE(fs::exists(recordings() / "RM_1"));
}

TEST_F(RelocationTest, TouchesNothingOutsideOfTheRoomWhateverARowSays) {
    recordAll();
    write(directory_.path() / "outside.wav", "outside");
    for (const char* path : {"daily/../../outside.wav", "/etc/passwd", "elsewhere/a.wav", "daily/", "daily"})
        what_.recordings.push_back({what_.track.id, 9, path, 48000, 2, 0, 480, {}});
    const auto how = go();
    EXPECT_EQ(how.kind, Kind::Done) << how.problem;
    EXPECT_EQ(how.files, bothFiles());
    EXPECT_TRUE(fs::exists(directory_.path() / "outside.wav"));
}

TEST_F(RelocationTest, FollowsNoLink) {
    recordAll();
    fs::create_directories(directory_.path() / "elsewhere");
    fs::create_directory_symlink(directory_.path() / "elsewhere", recordings() / "RM_1");
    const auto how = go();
    EXPECT_EQ(how.kind, Kind::Failed);
    EXPECT_FALSE(how.problem.empty());
    EXPECT_TRUE(fs::exists(recordings() / "daily" / (stem() + ".wav")));
    EXPECT_TRUE(fs::exists(ledgers() / "daily" / ledger())) << "the ledger goes last";
}

TEST_F(RelocationTest, HasNothingToDoWhenTheRoomIsCalledLikeTheMeeting) {
    what_.track.meetingId = "daily";
    recordAll();
    EXPECT_EQ(go().kind, Kind::Done);
    EXPECT_EQ(below(recordings()).size(), 2u);
}

TEST_F(RelocationTest, MakesSafeNamesOfRoomAndMeeting) {
    what_.track.roomName = "../daily";
    what_.track.meetingId = "a/b";
    const std::string room = domain::pathComponent("../daily");
    write(recordings() / room / (stem() + ".wav"), "audio");
    EXPECT_EQ(go().kind, Kind::Done);
    EXPECT_EQ(below(recordings()), (Names{domain::pathComponent("a/b") + "/" + stem() + ".wav"}));
}

class LedgerTailTest : public ::testing::Test, protected Folders {
protected:
    std::optional<LedgerTail> tailOf(const std::string& text) {
        const fs::path file = directory_.path() / "x.jsonl";
        write(file, text);
        const OwnedFd open(::open(file.c_str(), O_RDONLY));
        return readTail(open.get());
    }
};

TEST_F(LedgerTailTest, IsTheLastWholeLine) {
    const auto tail = tailOf(std::string(300'000, ' ') + "\n" + line("block", 6) + line("end", 7));
    ASSERT_TRUE(tail);
    EXPECT_EQ(tail->line, "end");
    EXPECT_EQ(tail->number, 7u);
    EXPECT_TRUE(tail->closed());
    EXPECT_FALSE(tailOf(line("track", 0))->closed());
    EXPECT_TRUE(tailOf(line("meeting", 8))->closed());
}

TEST_F(LedgerTailTest, IsNothingWhereThereIsNone) {
    for (const std::string& text :
         {std::string(), line("end", 1) + "{", std::string("nonsense\n"), std::string("{\"line\":\"end\"}\n"),
          std::string("[]\n"), line("end", -1)})
        EXPECT_FALSE(tailOf(text)) << text;
}

TEST_F(LedgerTailTest, LeavesNoHalfALineWhenTheDiskIsFull) {
    const std::string whole = line("track", 0) + line("end", 1);
    const fs::path file = directory_.path() / "x.jsonl";
    write(file, whole);
    const OwnedFd ledger(::open(file.c_str(), O_RDWR | O_APPEND));
    rlimit limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &limit), 0);
    const auto before = std::signal(SIGXFSZ, SIG_IGN);
    // As on a disk with room for ten bytes.
    rlimit full = limit;
    full.rlim_cur = whole.size() + 10;
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &full), 0);
    const int error = appendMeeting(ledger.get(), "RM_1", at(110));
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
    std::signal(SIGXFSZ, before);
    EXPECT_NE(error, 0);
    EXPECT_EQ(read(file), whole);
    EXPECT_EQ(appendMeeting(ledger.get(), "RM_1", at(110)), 0) << "and when there is room again, it is said";
    EXPECT_EQ(readTail(ledger.get())->line, "meeting");
}

} // namespace
} // namespace lm::association
