#include "service/coverage/desk.hpp"

#include "service/coverage/search.hpp"
#include "service/json/json.hpp"
#include "tests/support/temporarydirectory.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <fstream>
#include <mutex>
#include <sys/stat.h>

namespace {

using namespace lm;
using namespace lm::coverage;
namespace fs = std::filesystem;

constexpr auto patience = std::chrono::seconds(20);

/// An answer that a thread waits for.
class Reply {
public:
    Desk::Reply taker() {
        return [this](std::optional<std::string> text) {
            const std::lock_guard lock(mutex_);
            given_ = true;
            text_ = std::move(text);
            changed_.notify_all();
        };
    }
    std::optional<std::string> wait() {
        std::unique_lock lock(mutex_);
        EXPECT_TRUE(changed_.wait_for(lock, patience, [&] { return given_; }));
        return text_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool given_ = false;
    std::optional<std::string> text_;
};

class DeskTest : public testing::Test {
protected:
    static std::string line(const std::string& kind, unsigned n, const std::string& more) {
        return R"({"line":")" + kind + R"(","n":)" + std::to_string(n) +
               R"(,"time":"2026-01-02T00:00:00.000Z")" + (more.empty() ? "" : "," + more) + "}\n";
    }
    static std::string head(const std::string& track, const std::string& meeting) {
        return line(
            "track", 0,
            R"("version":1,"track":")" + track + R"(","trackId":"TR_1","room":"r","meetingId":")" + meeting +
                R"(","participant":"p","rate":48000,"channels":2,"file":"/x.wav","sends":true,"normalizes":false)");
    }
    /// A whole track of one block, spooled.
    static std::string whole(const std::string& track, const std::string& meeting) {
        const std::string place = R"("sequence":0,"sample":0,"samples":480)";
        const std::string part = R"("part":1,"file":"/x.wav","sample":0,"rate":48000,"channels":2)";
        return head(track, meeting) + line("part", 1, part) + line("block", 2, place + R"(,"channels":2)") +
               line("state", 3,
                    place + R"(,"state":"spooled","key":"k-)" + track + R"(","reason":"HTTP 503")") +
               line("received", 4, R"("samples":480,"bytes":1920)") +
               line("part-closed", 5, part + R"(,"samples":480)") +
               line("recorded", 6, R"("samples":480,"skipped":0,"parts":1)") +
               line("end", 7, R"("outcome":"ok","message":"")");
    }
    void write(const std::string& name, const std::string& text) {
        fs::create_directories((root_ / name).parent_path());
        std::ofstream(root_ / name, std::ios::binary | std::ios::app) << text;
    }
    std::optional<std::string> ask(const std::string& id, const std::string& meeting = "") {
        Desk desk(root_, domain::UtcTime(std::chrono::hours(24 * 365 * 100)));
        Reply reply;
        EXPECT_TRUE(desk.ask({id, meeting}, reply.taker()));
        return reply.wait();
    }
    static bool has(const std::optional<std::string>& text, const std::string& piece) {
        return text && text->find(piece) != std::string::npos;
    }
    const test::TemporaryDirectory directory_;
    const fs::path root_ = directory_.path();
};

TEST_F(DeskTest, ATrackOfAnEarlierRunIsFoundByEitherNameTheNewestFirst) {
    write("RM_1/20260101_a.jsonl", whole("old", "RM_1"));
    write("RM_2/20260102_a.jsonl", whole("new", "RM_2"));
    EXPECT_TRUE(has(ask("old"), R"("track":"old")"));
    EXPECT_TRUE(has(ask("TR_1"), R"("track":"new")"));
    EXPECT_TRUE(has(ask("TR_1", "RM_1"), R"("track":"old")"));
    EXPECT_TRUE(has(ask("TR_1"), R"("complete":true)"));
    EXPECT_FALSE(ask("TR_2"));
    EXPECT_FALSE(ask("new", "RM_1"));
}

TEST_F(DeskTest, NoNameLeadsOutOfTheLedgers) {
    write("inside/RM_1/20260101_a.jsonl", whole("t", "RM_1"));
    write("outside/20260101_a.jsonl", whole("t", "../outside"));
    Desk desk(root_ / "inside");
    for (const char* meeting : {"../outside", "..", "/", "RM_1/../../outside"}) {
        Reply reply;
        ASSERT_TRUE(desk.ask({"t", meeting}, reply.taker()));
        EXPECT_FALSE(reply.wait()) << meeting;
    }
}

TEST_F(DeskTest, WhatCameAfterTheTrackIsPartOfTheAnswer) {
    write("RM_1/20260101_a.jsonl", whole("t", "RM_1"));
    EXPECT_TRUE(has(ask("t"), R"({"from":0,"to":480,"state":"spooled","reason":"HTTP 503"})"));
    write("RM_1/late/states.jsonl", "cut off by a crash\n"
                                    R"({"line":"late-state","key":"k-other","state":"dead-lettered"})"
                                    "\n"
                                    R"({"line":"late-state","key":"k-t","state":"delivered-from-spool"})"
                                    "\n");
    EXPECT_TRUE(has(ask("t"), R"({"from":0,"to":480,"state":"delivered-from-spool"})"));
}

TEST_F(DeskTest, ATrackThatMovedToItsMeetingIsFoundThereWithWhatCameAfterIt) {
    write("RM_1/20260101_a.jsonl", whole("t", "") + line("meeting", 8, R"("meetingId":"RM_1")"));
    for (const char* meeting : {"", "RM_1"}) {
        const auto answer = ask("t", meeting);
        EXPECT_TRUE(has(answer, R"("meetingId":"RM_1")")) << answer.value_or("nothing");
        EXPECT_TRUE(has(answer, R"("complete":true)"));
    }
    EXPECT_FALSE(ask("t", "r")) << "it is not the room's any more";
    // Its block was spooled before.
    write("r/late/states.jsonl", R"({"line":"late-state","key":"k-t","state":"delivered-from-spool"})"
                                 "\n");
    EXPECT_TRUE(has(ask("t"), R"({"from":0,"to":480,"state":"delivered-from-spool"})"));
}

TEST_F(DeskTest, ATrackThatHasMovedSinceIsLookedFor) {
    write("RM_1/20260101_a.jsonl", whole("t", "") + line("meeting", 8, R"("meetingId":"RM_1")"));
    Desk desk(root_, domain::UtcTime(std::chrono::hours(24 * 365 * 100)));
    Reply reply;
    ASSERT_TRUE(desk.ask({"t", "r", root_ / "r" / "20260101_a.jsonl"}, reply.taker()));
    EXPECT_TRUE(has(reply.wait(), R"("meetingId":"RM_1")"));
}

TEST_F(DeskTest, ALedgerThatIsNotWholeProvesNothing) {
    const std::string good = whole("t", "RM_1");
    const std::string block = good.substr(good.find(R"({"line":"block")"));
    const std::size_t first = good.find('\n') + 1;
    for (const std::string& text :
         {good.substr(0, first) + block, good + "{\"n\":8", good + "nonsense\n",
          good + line("new-kind", 8, ""), good + line("gap", 8, R"("sample":-1,"samples":1)"),
          good + std::string(100'000, 'x') + "\n"}) {
        fs::remove_all(root_ / "RM_1");
        write("RM_1/20260101_a.jsonl", text);
        const auto answer = ask("t");
        EXPECT_TRUE(has(answer, R"("complete":false)")) << text.substr(0, 3000) << answer.value_or("nothing");
        EXPECT_FALSE(has(answer, R"("problems":[])"));
    }
}

TEST_F(DeskTest, ALedgerWithoutItsEndIsOfThisRunOrWasCutByACrash) {
    write("RM_1/20260101_a.jsonl", head("t", "RM_1"));
    EXPECT_TRUE(has(ask("t"), R"("state":"killed")"));
    Desk desk(root_, domain::UtcTime());
    Reply reply;
    ASSERT_TRUE(desk.ask({"t", ""}, reply.taker()));
    EXPECT_TRUE(has(reply.wait(), R"("state":"running")"));
}

TEST_F(DeskTest, OnlySoManyMayWait) {
    Desk desk(root_, domain::UtcTime(), 0);
    EXPECT_FALSE(desk.ask({"t", ""}, [](auto) {}));
}

TEST_F(DeskTest, WhatIsNoFileIsPassedOver) {
    fs::create_directories(root_ / "RM_1" / "20260103.jsonl");
    ASSERT_EQ(::mkfifo((root_ / "RM_1" / "20260104.jsonl").c_str(), 0600), 0);
    write("RM_1/20260101_a.jsonl", whole("t", "RM_1"));
    EXPECT_TRUE(has(ask("TR_1"), R"("track":"t")"));
}

TEST_F(DeskTest, OnlyTheNewestLedgersAreLookedAt) {
    write("RM_1/20260101_a.jsonl", whole("old", "RM_1"));
    write("RM_1/20260102_a.jsonl", whole("new", "RM_1"));
    EXPECT_FALSE(Search(root_, 1).find("old", ""));
    EXPECT_TRUE(Search(root_, 2).find("old", ""));
}

} // namespace
