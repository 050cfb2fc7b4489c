#include "plugins/imentivsink/spool.hpp"
#include "tests/plugins/imentivsink/spooldirectory.hpp"

#include <gtest/gtest.h>

#include <future>

namespace lm::test {
namespace {

using namespace lm::imentivsink;

/// Opens a directory whose disk answers when the test says so.
class SlowDisk {
public:
    Spool::Opener opener() {
        return [this](const std::string& path) {
            asked_.set_value(); // a second time would throw
            answer_.get_future().wait();
            return Store::open(path);
        };
    }
    void waitForQuestion() { asked_.get_future().wait(); }
    void answer() { answer_.set_value(); }

private:
    std::promise<void> asked_, answer_;
};

TEST(Spool, ADirectoryWhoseDiskHangsKeepsNobodyFromAnother) {
    SpoolDirectory slow, fast;
    SlowDisk disk;
    auto hanging = std::async(std::launch::async, [&] { return Spool::open(slow.path(), disk.opener()); });
    disk.waitForQuestion();
    EXPECT_TRUE(Spool::open(fast.path()));
    disk.answer();
    EXPECT_TRUE(hanging.get());
}

TEST(Spool, WhoComesWhileADirectoryIsOpenedGetsTheSameSpool) {
    SpoolDirectory directory;
    SlowDisk disk;
    auto first = std::async(std::launch::async, [&] { return Spool::open(directory.path(), disk.opener()); });
    disk.waitForQuestion();
    auto second = std::async(std::launch::async, [&] { return Spool::open(directory.path() + "/."); });
    disk.answer();
    const auto one = first.get(), other = second.get();
    ASSERT_TRUE(one && other);
    EXPECT_EQ(*one, *other);
}

TEST(Spool, WhatWasAskedForIsDoneAfterTheLastUserHasGone) {
    SpoolDirectory directory;
    std::promise<void> disk, done;
    {
        const auto spool = *Spool::open(directory.path());
        spool->run([answers = disk.get_future().share()](Store&) { answers.wait(); });
        spool->run([&](Store&) { done.set_value(); });
    }
    disk.set_value();
    EXPECT_TRUE(Spool::awaitClosed(directory.path()));
    EXPECT_EQ(done.get_future().wait_for(std::chrono::seconds(0)), std::future_status::ready);
    EXPECT_TRUE(Store::open(directory.path())) << "the directory is free";
}

TEST(Spool, WhatIsWithdrawnIsToldAndNotWrittenWhenTheDiskIsBack) {
    constexpr auto going = "0190aa5e-1b2c-4d3e-8f90-a1b2c3d4e5f6",
                   staying = "1190aa5e-1b2c-4d3e-8f90-a1b2c3d4e5f6";
    SpoolDirectory directory;
    std::promise<void> disk;
    std::vector<std::string> told;
    {
        const auto spool = *Spool::open(directory.path());
        spool->run([answers = disk.get_future().share()](Store&) { answers.wait(); });
        for (const auto* session : {going, staying, going}) {
            SpoolWrite write;
            write.name.session = session;
            write.name.sequence = told.size();
            spool->write(std::move(write), [&](SpoolWrite block, std::optional<std::string> error) {
                told.push_back(block.name.session + (error ? " lost" : " written"));
            });
        }
        spool->withdraw(going);
        EXPECT_EQ(told, std::vector<std::string>(2, std::string(going) + " lost"));
    }
    disk.set_value();
    EXPECT_TRUE(Spool::awaitClosed(directory.path()));
    EXPECT_EQ(told.back(), std::string(staying) + " written");
    EXPECT_EQ(directory.blocks().size(), 1U);
}

TEST(Spool, ADirectoryThatCannotBeOpenedCanBeTriedAgain) {
    SpoolDirectory directory;
    EXPECT_FALSE(Spool::open(directory.path(), [](const std::string&) { return Error{"no", "disk"}; }));
    EXPECT_TRUE(Spool::open(directory.path()));
}

} // namespace
} // namespace lm::test
