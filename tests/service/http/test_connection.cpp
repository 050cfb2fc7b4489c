#include "service/http/connection.hpp"
#include "tests/support/streampair.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <thread>

namespace lm::http {
namespace {

struct Watcher : Connection::Owner {
    void expired(Connection&, Connection::Phase) override {}
    void ended(Connection& connection) override {
        EXPECT_EQ(&connection, &*watched);
        where = std::this_thread::get_id();
        watched.reset();
    }
    std::optional<Connection> watched;
    std::optional<std::thread::id> where;
};

class ConnectionEnd : public testing::Test {
protected:
    ConnectionEnd() {
        watcher_.watched.emplace(
            G_SOCKET_CONNECTION(stream_.get()),
            Ref<GSocketAddress>::adopt(g_inet_socket_address_new_from_string("127.0.0.1", 1)), Deadlines{},
            watcher_);
    }
    /// As a task of GIO's does that has closed it.
    void dropElsewhere() {
        std::thread([last = std::move(stream_)]() mutable { last.reset(); }).join();
    }

    Ref<GIOStream> stream_ = test::StreamPair().stream();
    Watcher watcher_;
};

TEST_F(ConnectionEnd, IsToldAtHomeWhereverTheLastHandleIsDropped) {
    dropElsewhere();
    EXPECT_FALSE(watcher_.where) << "not in the middle of something else";
    while (!watcher_.where)
        g_main_context_iteration(nullptr, TRUE);
    EXPECT_EQ(*watcher_.where, std::this_thread::get_id());
}

TEST_F(ConnectionEnd, IsToldAtOnceWhereItIsDroppedAtHome) {
    stream_.reset();
    EXPECT_EQ(watcher_.where, std::this_thread::get_id());
}

TEST_F(ConnectionEnd, IsToldToNobodyWhenTheConnectionHasGoneMeanwhile) {
    dropElsewhere();
    watcher_.watched.reset();
    while (g_main_context_iteration(nullptr, FALSE)) {
    }
    EXPECT_FALSE(watcher_.where);
}

} // namespace
} // namespace lm::http
