#include "service/exports/conduit.hpp"

#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace lm::exports {
namespace {

using Piece = http::BodySource::Piece;

Piece next(Conduit& conduit) {
    std::promise<Piece> piece;
    conduit.read([&](Piece got) { piece.set_value(std::move(got)); });
    return piece.get_future().get();
}

TEST(Conduit, GivesWhatWasPutAndThenItsEnd) {
    Conduit conduit(8);
    EXPECT_TRUE(conduit.put("abc"));
    EXPECT_TRUE(conduit.put("de"));
    EXPECT_EQ(next(conduit), "abcde");
    EXPECT_TRUE(conduit.put("f"));
    conduit.finish(true);
    EXPECT_EQ(next(conduit), "f") << "the last may be short";
    EXPECT_EQ(next(conduit), "");
}

TEST(Conduit, WaitsForHalfOfWhatItHolds) {
    Conduit conduit(8);
    std::promise<Piece> piece;
    conduit.read([&](Piece got) { piece.set_value(std::move(got)); });
    EXPECT_TRUE(conduit.put("abc"));
    EXPECT_TRUE(conduit.put("d"));
    EXPECT_EQ(piece.get_future().get(), "abcd");
}

TEST(Conduit, LetsWhoeverPutsMoreWaitForTheReader) {
    Conduit conduit(4);
    std::atomic<int> puts{0};
    std::thread maker([&] {
        while (conduit.put("12345"))
            ++puts;
    });
    EXPECT_EQ(next(conduit), "12345");
    EXPECT_EQ(next(conduit), "12345");
    EXPECT_LE(puts.load(), 3) << "one more than was read";
    conduit.close();
    maker.join();
}

TEST(Conduit, GivesWhatCameBeforeAFailureAndThenNothing) {
    Conduit conduit(8);
    EXPECT_TRUE(conduit.put("abc"));
    EXPECT_TRUE(conduit.finish(false));
    EXPECT_FALSE(conduit.finish(true));
    EXPECT_EQ(next(conduit), "abc");
    EXPECT_EQ(next(conduit), std::nullopt) << "the first word counts";
}

TEST(Conduit, TellsOnceWhetherAnythingCame) {
    std::vector<bool> told;
    const auto tell = [&](bool some) { told.push_back(some); };
    Conduit some, none, closed;
    some.await(tell);
    EXPECT_TRUE(told.empty());
    EXPECT_TRUE(some.put("a"));
    EXPECT_TRUE(some.put("b"));
    some.finish(true);
    EXPECT_EQ(told, std::vector<bool>({true}));
    none.await(tell);
    none.finish(false);
    closed.await(tell);
    closed.close();
    EXPECT_EQ(told, std::vector<bool>({true, false, false}));
}

TEST(Conduit, LetsGoOfEverybodyWhenItIsClosed) {
    Conduit conduit(1);
    EXPECT_TRUE(conduit.put("abc"));
    auto waits = std::async(std::launch::async, [&] { return conduit.put("def"); });
    conduit.close();
    EXPECT_FALSE(waits.get());
    EXPECT_FALSE(conduit.put("ghi"));
    EXPECT_EQ(next(conduit), std::nullopt);
}

} // namespace
} // namespace lm::exports
