#include "plugins/common/websocket/connection.hpp"
#include "tests/support/streampair.hpp"

#include <gtest/gtest.h>

#include <array>

using namespace lm;
using Status = ws::Connection::ReadStatus;

TEST(Connection, ReadsWhatIsThereAndNeverWaits) {
    test::StreamPair pair;
    ws::Connection connection(pair.stream());
    std::array<std::uint8_t, 16> into;
    EXPECT_EQ(connection.read(into).status, Status::Empty);
    pair.send("hello");
    const auto read = connection.read(into);
    EXPECT_EQ(read.status, Status::Data);
    EXPECT_EQ(read.bytes, 5u);
    EXPECT_TRUE(read.drained) << "a short read on a plain socket needs no second one";
}

TEST(Connection, AFullReadIsNotDrained) {
    test::StreamPair pair;
    ws::Connection connection(pair.stream());
    std::array<std::uint8_t, 4> into;
    connection.read(into);
    pair.send("hello");
    EXPECT_FALSE(connection.read(into).drained);
    EXPECT_TRUE(connection.read(into).drained);
}

TEST(Connection, TellsEndFromData) {
    test::StreamPair pair;
    ws::Connection connection(pair.stream());
    pair.send("x");
    pair.hangUp();
    std::array<std::uint8_t, 16> into;
    EXPECT_EQ(connection.read(into).status, Status::Data);
    EXPECT_EQ(connection.read(into).status, Status::End);
}

TEST(Connection, KeepsABoundedAmountForAPeerThatDoesNotRead) {
    test::StreamPair pair;
    ws::Connection connection(pair.stream());
    const std::string chunk(8 * 1024, 'x');
    std::size_t taken = 0;
    while (connection.send(chunk) && taken < 64u << 20)
        taken += chunk.size();
    EXPECT_LT(taken, 64u << 20);
    EXPECT_TRUE(connection.hasPending());
    std::size_t received = 0;
    while (connection.hasPending() || received < taken) {
        received += pair.received().size();
        ASSERT_TRUE(connection.flush());
    }
    EXPECT_EQ(received, taken) << "what was taken arrives, what was refused does not";
}

TEST(Connection, WritingToAPeerThatHungUpIsAnErrorAndNotASignal) {
    test::StreamPair pair;
    ws::Connection connection(pair.stream());
    pair.hangUp();
    connection.send("x");
    EXPECT_FALSE(connection.hasPending());
    EXPECT_FALSE(connection.reason().empty());
}
