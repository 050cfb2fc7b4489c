#include "service/http/filelimit.hpp"
#include "tests/service/http/frontfixture.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <list>

namespace lm::http {
namespace {

using test::bodyOf;
using test::get;
using test::statusLine;

class Limits : public FrontTest {};

TEST_F(Limits, ClosedConnectionsLeaveNoDescriptorBehind) {
    open();
    ask(get("/thing"));
    const std::size_t before = descriptors();
    for (int i = 0; i < 50; ++i) {
        auto c = client();
        ASSERT_TRUE(c.send(get("/thing", "Connection: keep-alive\r\n")));
        ASSERT_TRUE(c.receives("thing"));
    }
    ASSERT_TRUE(idle());
    EXPECT_EQ(descriptors(), before);
}

TEST_F(Limits, HalfAHeaderIsCutAtItsDeadline) {
    settings_.headerTimeoutMs = 10;
    open();
    for (const char* part : {"", "GET /th", "GET /thing HTTP/1.1\r\nHost: localhost\r\nX-Slow: "}) {
        auto c = client();
        if (*part) {
            ASSERT_TRUE(c.send(part));
        }
        c.answer();
        EXPECT_TRUE(c.ended()) << part;
    }
    EXPECT_EQ(front_->stats().headerTimeouts, 3u);
    EXPECT_TRUE(idle());
}

TEST_F(Limits, HalfABodyIsAnsweredAtItsDeadline) {
    settings_.requestTimeoutMs = 50;
    open();
    auto c = client();
    ASSERT_TRUE(c.send("POST /thing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf"));
    ASSERT_TRUE(c.receives("request_timeout"));
    EXPECT_EQ(statusLine(c.text()), "HTTP/1.1 408 Request Timeout");
    c.close();
    EXPECT_TRUE(idle());
    EXPECT_EQ(front_->stats().requestTimeouts, 1u);
}

TEST_F(Limits, AnAnnouncedBodyIsRefusedBeforeItArrives) {
    settings_.maxBodyBytes = 100;
    open();
    auto c = client();
    ASSERT_TRUE(c.send("POST /thing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 101\r\n\r\n"));
    ASSERT_TRUE(c.receives("body_too_large"));
    EXPECT_EQ(statusLine(c.text()), "HTTP/1.1 413 Request Entity Too Large");
    c.close();
    EXPECT_TRUE(idle());
    EXPECT_EQ(front_->stats().bodiesTooLarge, 1u);
}

TEST_F(Limits, AChunkedBodyIsRefusedWhenItPassesTheLimit) {
    settings_.maxBodyBytes = 100;
    open();
    auto c = client();
    const std::string head = "POST /thing HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
    ASSERT_TRUE(c.send(head + "64\r\n" + std::string(100, 'x') + "\r\n"));
    ASSERT_TRUE(c.send("1\r\ny\r\n"));
    ASSERT_TRUE(c.receives("body_too_large"));
    c.close();
    EXPECT_TRUE(idle());
}

TEST_F(Limits, ABodyOfTheLimitIsTaken) {
    settings_.maxBodyBytes = 100;
    open();
    EXPECT_EQ(
        bodyOf(ask("POST /thing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n" + std::string(100, 'x'))),
        R"({"got":"100"})");
    EXPECT_EQ(bodyOf(ask("POST /thing HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n" +
                         std::string(100, 'x') + "\r\n0\r\n\r\n")),
              R"({"got":"100"})");
}

TEST_F(Limits, ARefusedPeerThatKeepsSendingStillSeesTheAnswer) {
    settings_.maxBodyBytes = 100;
    open();
    auto c = client();
    ASSERT_TRUE(c.send("POST /thing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000000\r\n\r\n"));
    for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(c.send(std::string(8192, 'x')));
        g_main_context_iteration(nullptr, FALSE);
    }
    EXPECT_TRUE(c.receives("body_too_large"));
    EXPECT_FALSE(c.reset());
}

TEST_F(Limits, ARefusedPeerThatNeverClosesIsCut) {
    settings_.maxBodyBytes = 0;
    options_.linger = std::chrono::milliseconds(10);
    open();
    auto c = client();
    ASSERT_TRUE(c.send("POST /thing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n"));
    ASSERT_TRUE(c.receives("body_too_large"));
    EXPECT_TRUE(idle());
}

TEST_F(Limits, BeyondTheCapConnectionsWaitAndAreServedWhenOneEnds) {
    settings_.maxConnections = 2;
    options_.listener.refuseAfter = std::chrono::hours(1);
    open();
    auto first = client();
    auto second = client();
    ASSERT_TRUE(test::eventually([this] { return front_->connections() == 2; }));
    auto third = client();
    ASSERT_TRUE(third.connected());
    ASSERT_TRUE(third.send(get("/thing")));
    first.close();
    EXPECT_EQ(statusLine(third.answer()), "HTTP/1.1 200 OK");
    EXPECT_EQ(front_->refused(), 0u);
}

TEST_F(Limits, BeyondTheCapConnectionsAreRefusedWhenNoneEnds) {
    settings_.maxConnections = 1;
    options_.listener.refuseAfter = std::chrono::milliseconds(0);
    options_.listener.retry = std::chrono::milliseconds(1);
    open();
    auto first = client();
    ASSERT_TRUE(test::eventually([this] { return front_->connections() == 1; }));
    const std::string answer = ask(get("/thing"));
    EXPECT_EQ(statusLine(answer), "HTTP/1.1 503 Service Unavailable");
    EXPECT_NE(answer.find("Retry-After: 1\r\n"), std::string::npos);
    EXPECT_NE(bodyOf(answer).find("overloaded"), std::string::npos);
    first.close();
    ASSERT_TRUE(idle());
    EXPECT_EQ(statusLine(ask(get("/thing"))), "HTTP/1.1 200 OK");
}

/// Leaves the process with no more than `left` free descriptors until it is destroyed.
class Exhaustion {
public:
    explicit Exhaustion(std::size_t left = 0) {
        for (int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC); fd >= 0;
             fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC))
            held_.push_back(fd);
        for (; left > 0 && !held_.empty(); --left) {
            ::close(held_.back());
            held_.pop_back();
        }
    }
    ~Exhaustion() {
        for (const int fd : held_)
            ::close(fd);
    }

private:
    std::list<int> held_;
};

class Descriptors : public Limits {
protected:
    void SetUp() override {
        ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before_), 0);
        rlimit low = before_;
        low.rlim_cur = 200;
        ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
    }
    void TearDown() override { setrlimit(RLIMIT_NOFILE, &before_); }
    rlimit before_{};
};

TEST_F(Descriptors, RunningOutIsSurvivedAndRecoveredFrom) {
    options_.listener.refuseAfter = std::chrono::hours(1);
    options_.listener.retry = std::chrono::milliseconds(1);
    open();
    auto waiting = client();
    {
        Exhaustion none;
        ASSERT_TRUE(waiting.send(get("/thing")));
        for (int i = 0; i < 100; ++i)
            g_main_context_iteration(nullptr, FALSE);
        EXPECT_EQ(front_->stats().accepted, 0u);
    }
    EXPECT_EQ(statusLine(waiting.answer()), "HTTP/1.1 200 OK");
    EXPECT_EQ(statusLine(ask(get("/thing"))), "HTTP/1.1 200 OK");
}

TEST_F(Descriptors, WhenTheyStayExhaustedPeersAreToldThroughTheReserve) {
    options_.listener.refuseAfter = std::chrono::milliseconds(0);
    options_.listener.retry = std::chrono::milliseconds(1);
    open();
    auto first = client();
    auto second = client();
    {
        Exhaustion none;
        EXPECT_EQ(statusLine(first.answer()), "HTTP/1.1 503 Service Unavailable");
        EXPECT_EQ(statusLine(second.answer()), "HTTP/1.1 503 Service Unavailable");
    }
    EXPECT_EQ(front_->refused(), 2u);
    EXPECT_EQ(statusLine(ask(get("/thing"))), "HTTP/1.1 200 OK");
}

TEST_F(Descriptors, NewcomersWaitBeforeTheLastOnesAreGone) {
    options_.listener.refuseAfter = std::chrono::milliseconds(0);
    options_.listener.retry = std::chrono::milliseconds(1);
    open();
    auto waiting = client();
    {
        Exhaustion almost(20);
        EXPECT_EQ(DescriptorRoom::now().left(), 20u);
        EXPECT_EQ(statusLine(waiting.answer()), "HTTP/1.1 503 Service Unavailable");
    }
    EXPECT_EQ(statusLine(ask(get("/thing"))), "HTTP/1.1 200 OK");
}

TEST_F(Descriptors, AreCountedToTheLast) {
    // Holes that something earlier has left behind are filled first.
    std::array<int, 32> fillers;
    for (int& filler : fillers)
        filler = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    const auto before = DescriptorRoom::now().left();
    const int one = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    EXPECT_EQ(DescriptorRoom::now().left(), before - 1);
    ::close(one);
    for (const int filler : fillers)
        ::close(filler);
    Exhaustion none;
    EXPECT_EQ(DescriptorRoom::now().left(), 0u);
}

TEST(DescriptorRoom, KeepsAReserveFromConnectionsAndHalfOfItFromTracks) {
    EXPECT_TRUE(DescriptorRoom(17, 64).forConnection());
    EXPECT_FALSE(DescriptorRoom(16, 64).forConnection());
    EXPECT_TRUE(DescriptorRoom(12, 64).forTrack(0));
    EXPECT_FALSE(DescriptorRoom(11, 64).forTrack(0));
    EXPECT_FALSE(DescriptorRoom(15, 64).forTrack(1)) << "one that was let in has still to open its files";
    EXPECT_FALSE(DescriptorRoom(64, 100'000).forConnection());
    EXPECT_TRUE(DescriptorRoom(65, 100'000).forConnection())
        << "the reserve does not grow with the limit for ever";
}

TEST_F(Descriptors, LimitIsRaisedToWhatTheProcessMayHave) {
    EXPECT_EQ(raiseFileLimit(), before_.rlim_max);
    rlimit now{};
    getrlimit(RLIMIT_NOFILE, &now);
    EXPECT_EQ(now.rlim_cur, before_.rlim_max);
}

} // namespace
} // namespace lm::http
