#include "service/readiness/check.hpp"
#include "service/readiness/diskcheck.hpp"
#include "tests/support/eventually.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stdexcept>

namespace {

using namespace lm::readiness;
using namespace std::chrono_literals;
using Clock = DiskProbe::Clock;

std::optional<DiskProbe::Answer> answered(DiskSpace space, Clock::duration ago = 0s) {
    return DiskProbe::Answer{space, Clock::time_point(100s) - ago};
}

Finding judged(const std::optional<DiskProbe::Answer>& answer) {
    return judgeDisk(answer, 1000, 15s, Clock::time_point(100s));
}

TEST(Disk, IsJudgedByItsLastAnswer) {
    EXPECT_EQ(judged(answered({0, 1000, 5000})).verdict, Verdict::Ok);
    EXPECT_EQ(judged(answered({0, 999, 5000})).verdict, Verdict::Failed);
    EXPECT_EQ(judged(answered({0, 1000, 5000, true})).verdict, Verdict::Failed);
    EXPECT_EQ(judged(answered({ENOENT})).verdict, Verdict::Failed);
    EXPECT_EQ(judged(answered({ENOENT})).message, "No such file or directory");
}

TEST(Disk, WithoutAnAnswerInTimeIsUnknown) {
    EXPECT_EQ(judged(std::nullopt).verdict, Verdict::Unknown);
    EXPECT_EQ(judged(answered({0, 1000, 5000}, 15s)).verdict, Verdict::Ok);
    EXPECT_EQ(judged(answered({0, 1000, 5000}, 16s)).verdict, Verdict::Unknown);
    EXPECT_FALSE(admits(Verdict::Unknown));
}

TEST(DiskProbe, AsksAgainAndAgain) {
    // Shared: the probe's thread may ask once more after the probe's end.
    DiskProbe probe("/", 1ms, [asked = std::make_shared<std::atomic<std::uint64_t>>(0)](const std::string&) {
        return DiskSpace{0, ++*asked};
    });
    EXPECT_TRUE(lm::test::eventually([&] { return probe.last() && probe.last()->space.freeBytes > 2; }));
}

TEST(DiskProbe, ADeadDiskHoldsNobody) {
    // Shared: the probe's thread outlives probe and test body until the "disk" answers.
    struct Disk {
        std::mutex mutex;
        std::condition_variable changed;
        bool asked = false, answers = false, gone = false;
    };
    const auto disk = std::make_shared<Disk>();
    {
        DiskProbe probe("/", 1ms, [disk](const std::string&) {
            std::unique_lock lock(disk->mutex);
            disk->asked = true;
            disk->changed.notify_all();
            disk->changed.wait(lock, [&] { return disk->answers; });
            disk->gone = true;
            disk->changed.notify_all();
            return DiskSpace{};
        });
        std::unique_lock lock(disk->mutex);
        disk->changed.wait(lock, [&] { return disk->asked; });
        EXPECT_FALSE(probe.last());
    }
    std::unique_lock lock(disk->mutex);
    disk->answers = true;
    disk->changed.notify_all();
    disk->changed.wait(lock, [&] { return disk->gone; });
}

TEST(DiskProbe, TheKernelAnswersForADirectoryThatIsThere) {
    const DiskSpace space = DiskProbe::statvfs("/");
    EXPECT_EQ(space.error, 0);
    EXPECT_GT(space.totalBytes, 0u);
    EXPECT_EQ(DiskProbe::statvfs("/nowhere/at/all").error, ENOENT);
}

TEST(Checks, AreReadyWhenEveryOneAdmits) {
    Checks checks;
    checks.add("one", [] { return Finding{Verdict::Ok, "", {{"bytes", 5}}}; });
    checks.add("two", [] { return Finding{Verdict::Degraded, "slow"}; });
    EXPECT_EQ(
        toJson(checks.run()),
        R"({"status":"ready","checks":{"one":{"status":"ok","bytes":5},"two":{"status":"degraded","message":"slow"}}})");
    checks.add("three", [] { return Finding{Verdict::Unknown, "no answer"}; });
    EXPECT_FALSE(checks.run().ready);
    EXPECT_NE(toJson(checks.run()).find(R"("status":"not-ready")"), std::string::npos);
}

TEST(Checks, OneThatThrowsHasFailed) {
    Checks checks;
    checks.add("broken", []() -> Finding { throw std::runtime_error("why"); });
    const auto report = checks.run();
    EXPECT_FALSE(report.ready);
    EXPECT_EQ(report.findings.at(0).second.message, "why");
}

} // namespace
