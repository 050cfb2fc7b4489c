#include "plugins/common/ingest/pool.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <set>

using namespace lm;
using namespace std::chrono_literals;
using ingest::Client;
using ingest::Pool;

namespace {

int niceness() {
    return ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()));
}

/// Counts its visits; tests wait for numbers.
class Counter : public Client {
public:
    Counter() {
        if (::socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0) throw std::runtime_error("socketpair");
    }
    ~Counter() override {
        ::close(fds[0]);
        ::close(fds[1]);
    }
    Next onVisit(std::span<std::uint8_t> scratch, ingest::Clock::time_point) override {
        EXPECT_GE(scratch.size(), 64u * 1024);
        bytes += ::recv(fds[0], scratch.data(), scratch.size(), MSG_DONTWAIT) > 0;
        auto state = state_.lock();
        ++state->visits;
        state->thread = std::this_thread::get_id();
        state->niceness = niceness();
        changed_.notify_all();
        return leaveAtVisit ? Next::Leave : Next::Keep;
    }
    Next onHousekeeping(ingest::Clock::time_point) override {
        ++state_.lock()->housekeepings;
        changed_.notify_all();
        return Next::Keep;
    }
    void onLeft() override {
        state_.lock()->left = true;
        changed_.notify_all();
    }

    struct State {
        int visits = 0;
        int housekeepings = 0;
        bool left = false;
        std::thread::id thread;
        int niceness = 0;
    };
    template <typename Done> bool waitFor(Done done) {
        auto state = state_.lock();
        return state.waitUntil(changed_, ingest::Clock::now() + 20s, [&] { return done(*state); });
    }
    State state() { return state_.copy(); }
    void write() const { ASSERT_EQ(::send(fds[1], "x", 1, 0), 1); }

    int fds[2];
    std::atomic<int> bytes{0};
    std::atomic<bool> leaveAtVisit{false};

private:
    Guarded<State> state_;
    std::condition_variable changed_;
};

} // namespace

TEST(Pool, VisitsAClientThatCanBeRead) {
    auto pool = std::make_shared<Pool>(5ms, 1);
    auto client = std::make_shared<Counter>();
    const auto place = pool->add(client->fds[0], client);
    ASSERT_TRUE(place);
    client->write();
    EXPECT_TRUE(client->waitFor([](const auto& s) { return s.visits > 0; }));
    EXPECT_EQ(client->bytes, 1);
}

TEST(Pool, ReadsBeforeOtherThreadsWhereTheProcessMay) {
    int expected = niceness();
    std::thread([&] {
        if (::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), ingest::Worker::niceness) == 0)
            expected = ingest::Worker::niceness;
    }).join();
    const int before = niceness();
    auto pool = std::make_shared<Pool>(5ms, 1);
    auto client = std::make_shared<Counter>();
    const auto place = pool->add(client->fds[0], client);
    client->write();
    ASSERT_TRUE(client->waitFor([](const auto& s) { return s.visits > 0; }));
    EXPECT_EQ(client->state().niceness, expected);
    EXPECT_EQ(niceness(), before) << "the thread that made the pool is not the one that goes first";
}

TEST(Pool, VisitsAPokedClientWithNothingToRead) {
    auto pool = std::make_shared<Pool>(5ms, 1);
    auto client = std::make_shared<Counter>();
    const auto place = pool->add(client->fds[0], client);
    place.poke();
    EXPECT_TRUE(client->waitFor([](const auto& s) { return s.visits > 0; }));
    EXPECT_EQ(client->bytes, 0);
}

TEST(Pool, KeepsHouseWithoutTraffic) {
    auto pool = std::make_shared<Pool>(5ms, 1);
    auto client = std::make_shared<Counter>();
    const auto place = pool->add(client->fds[0], client);
    EXPECT_TRUE(client->waitFor([](const auto& s) { return s.housekeepings > 1; }));
    EXPECT_EQ(client->state().visits, 0);
}

TEST(Pool, ALeavingClientHearsOnLeftAndNothingMore) {
    auto pool = std::make_shared<Pool>(5ms, 1);
    auto client = std::make_shared<Counter>(), other = std::make_shared<Counter>();
    client->leaveAtVisit = true;
    auto place = pool->add(client->fds[0], client);
    const auto otherPlace = pool->add(other->fds[0], other);
    client->write();
    EXPECT_TRUE(client->waitFor([](const auto& s) { return s.left; }));
    client->write();
    place.poke();
    otherPlace.poke();
    EXPECT_TRUE(other->waitFor([](const auto& s) { return s.visits > 0; }));
    EXPECT_EQ(client->state().visits, 1);
}

TEST(Pool, NoVisitRunsAfterThePlaceIsLeft) {
    auto pool = std::make_shared<Pool>(1ms, 2);
    for (int round = 0; round < 200; ++round) {
        auto client = std::make_shared<Counter>();
        auto place = pool->add(client->fds[0], client);
        client->write();
        place.poke();
        place.leave();
        // Were a visit still running, this would close descriptors under it: the sanitizers watch.
        const auto visits = client->state().visits;
        EXPECT_EQ(client.use_count(), 1);
        EXPECT_EQ(client->state().visits, visits);
    }
}

TEST(Pool, SpreadsClientsOverItsThreads) {
    auto pool = std::make_shared<Pool>(5ms, 2);
    std::vector<std::shared_ptr<Counter>> clients;
    std::vector<Pool::Place> places;
    std::set<std::thread::id> threads;
    for (int i = 0; i < 4; ++i) {
        clients.push_back(std::make_shared<Counter>());
        places.push_back(pool->add(clients.back()->fds[0], clients.back()));
        places.back().poke();
        ASSERT_TRUE(clients.back()->waitFor([](const auto& s) { return s.visits > 0; }));
        threads.insert(clients.back()->state().thread);
    }
    EXPECT_EQ(threads.size(), 2u);
}

TEST(Pool, ServesMoreReadyClientsThanOneAnswerOfTheKernelHolds) {
    auto pool = std::make_shared<Pool>(5ms, 1);
    std::vector<std::shared_ptr<Counter>> clients;
    std::vector<Pool::Place> places;
    for (int i = 0; i < 400; ++i) {
        clients.push_back(std::make_shared<Counter>());
        places.push_back(pool->add(clients.back()->fds[0], clients.back()));
        clients.back()->write();
    }
    for (auto& client : clients)
        EXPECT_TRUE(client->waitFor([](const auto& s) { return s.visits > 0; }));
}

TEST(Pool, RefusesADescriptorTheKernelRefuses) {
    auto pool = std::make_shared<Pool>(5ms, 1);
    EXPECT_FALSE(pool->add(-1, std::make_shared<Counter>()));
}

TEST(Pool, IsSharedByEqualTicksAndGoneWithItsLastUser) {
    std::weak_ptr<Pool> weak;
    {
        const auto one = Pool::shared(7ms), two = Pool::shared(7ms);
        EXPECT_EQ(one, two);
        EXPECT_NE(one, Pool::shared(8ms));
        weak = one;
    }
    EXPECT_TRUE(weak.expired());
}

TEST(Pool, MeasuresHowLateARoundEndsAtWorst) {
    auto pool = std::make_shared<Pool>(5ms, 1);
    auto client = std::make_shared<Counter>();
    const auto place = pool->add(client->fds[0], client);
    place.poke();
    ASSERT_TRUE(client->waitFor([](const auto& s) { return s.visits > 0; }));
    place.poke();
    ASSERT_TRUE(client->waitFor([](const auto& s) { return s.visits > 1; }));
    EXPECT_GT(pool->worstLateness().count(), 0);
}
