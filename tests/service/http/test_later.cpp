#include "tests/service/http/frontfixture.hpp"

#include <thread>

namespace lm::http {
namespace {

using test::bodyOf;
using test::eventually;
using test::get;
using test::statusLine;

class LaterTest : public FrontTest {
protected:
    bool asked(std::size_t times) {
        return eventually([=, this] { return answers_.size() == times; });
    }
};

TEST_F(LaterTest, AnAnswerMayComeFromAnotherThread) {
    std::string counted;
    options_.answered = [&](const std::string& path, unsigned status) {
        counted = path + ' ' + std::to_string(status);
    };
    open();
    auto c = client();
    ASSERT_TRUE(c.send(get("/later")));
    ASSERT_TRUE(asked(1));
    EXPECT_EQ(bodyOf(ask(get("/thing"))), R"({"name":"thing"})"); // meanwhile
    std::thread([&] { answers_[0]({200, R"({"late":true})"}); }).join();
    const std::string answer = c.answer();
    EXPECT_EQ(statusLine(answer), "HTTP/1.1 200 OK");
    EXPECT_EQ(bodyOf(answer), R"({"late":true})");
    EXPECT_NE(answer.find("Access-Control-Allow-Origin: *\r\n"), std::string::npos);
    EXPECT_EQ(counted, "/later 200");
    EXPECT_TRUE(idle());
}

TEST_F(LaterTest, ASecondAnswerIsDropped) {
    open();
    auto c = client();
    ASSERT_TRUE(c.send(get("/later")));
    ASSERT_TRUE(asked(1));
    answers_[0]({200, "{}"});
    answers_[0]({500, "{}"});
    EXPECT_EQ(statusLine(c.answer()), "HTTP/1.1 200 OK");
    EXPECT_TRUE(idle());
}

TEST_F(LaterTest, WhoHasGoneIsNotAnswered) {
    open();
    {
        auto c = client();
        ASSERT_TRUE(c.send(get("/later")));
        ASSERT_TRUE(asked(1));
    }
    answers_[0]({200, "{}"});
    EXPECT_TRUE(idle());
    EXPECT_EQ(statusLine(ask(get("/thing"))), "HTTP/1.1 200 OK");
}

TEST_F(LaterTest, WhoGoesBeforeTheAnswerIsNoticed) {
    open();
    {
        auto c = client();
        ASSERT_TRUE(c.send(get("/later")));
        ASSERT_TRUE(asked(1));
    }
    EXPECT_TRUE(eventually([this] { return abandoned_ == 1; }));
    EXPECT_TRUE(idle());
    answers_[0]({200, "{}"});
    EXPECT_EQ(statusLine(ask(get("/thing"))), "HTTP/1.1 200 OK");
    EXPECT_EQ(abandoned_, 1U);
}

TEST_F(LaterTest, WhoIsAnsweredHasNotGone) {
    open();
    auto c = client();
    ASSERT_TRUE(c.send(get("/later") + "more")); // is never read
    ASSERT_TRUE(asked(1));
    answers_[0]({200, "{}"});
    EXPECT_EQ(statusLine(c.answer()), "HTTP/1.1 200 OK");
    EXPECT_TRUE(idle());
    EXPECT_EQ(abandoned_, 0U);
}

TEST_F(LaterTest, APatientAnswerMayTakeLongerThanARequest) {
    settings_.requestTimeoutMs = 50;
    patience_ = std::chrono::minutes(1);
    open();
    auto patient = client();
    ASSERT_TRUE(patient.send(get("/later")));
    ASSERT_TRUE(asked(1));
    auto slow = client();
    ASSERT_TRUE(slow.send("GET /thing HTTP/1.1\r\n"));
    ASSERT_TRUE(eventually([this] { return front_->stats().headerTimeouts == 1; })); // the time is over
    answers_[0]({200, "{}"});
    EXPECT_EQ(statusLine(patient.answer()), "HTTP/1.1 200 OK");
}

TEST_F(LaterTest, APathMayAnswerEveryMethodByItself) {
    open();
    EXPECT_EQ(bodyOf(ask("PUT /later HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx")),
              R"({"error":{"code":"not_so","message":"PUT"}})");
}

TEST_F(LaterTest, AnAnswerAfterTheDeadlineIsDropped) {
    settings_.requestTimeoutMs = 50;
    open();
    auto c = client();
    ASSERT_TRUE(c.send(get("/later")));
    ASSERT_TRUE(asked(1));
    ASSERT_TRUE(eventually([this] { return front_->stats().requestTimeouts == 1; }));
    answers_[0]({200, "{}"});
    EXPECT_TRUE(idle());
}

TEST_F(LaterTest, AnAnswerMayOutliveTheFront) {
    open();
    auto c = client();
    ASSERT_TRUE(c.send(get("/later")));
    ASSERT_TRUE(asked(1));
    front_.reset();
    answers_[0]({200, "{}"});
    EXPECT_EQ(c.answer(), "");
    EXPECT_TRUE(c.ended());
}

class LaterSocket : public FrontTest {
protected:
    bool asked() {
        return test::eventually([this] { return decisions_.size() == 1; });
    }
};

TEST_F(LaterSocket, IsUpgradedWhenThatIsDecidedOnAnotherThread) {
    std::string counted;
    options_.answered = [&](const std::string& path, unsigned status) {
        counted = path + ' ' + std::to_string(status);
    };
    open();
    auto c = client();
    ASSERT_TRUE(c.send(test::upgradeRequest("/socket?later") + "early"));
    ASSERT_TRUE(asked());
    EXPECT_EQ(bodyOf(ask(get("/thing"))), R"({"name":"thing"})"); // meanwhile
    EXPECT_TRUE(upgraded_.empty());
    std::thread([&] { decisions_[0](takeIt()); }).join();
    ASSERT_TRUE(c.receives("101 Switching Protocols"));
    ASSERT_TRUE(test::eventually([this] { return upgraded_.size() == 1; }));
    EXPECT_EQ(counted, "/socket 101");
    EXPECT_TRUE(idle());
    char buffer[16];
    const gssize got = g_input_stream_read(g_io_stream_get_input_stream(upgraded_[0].get()), buffer,
                                           sizeof buffer, nullptr, nullptr);
    ASSERT_GT(got, 0);
    EXPECT_EQ(std::string(buffer, static_cast<std::size_t>(got)), "early") << "nothing is lost meanwhile";
}

TEST_F(LaterSocket, IsRefusedWhenThatIsDecided) {
    open();
    auto c = client();
    ASSERT_TRUE(c.send(test::upgradeRequest("/socket?later")));
    ASSERT_TRUE(asked());
    decisions_[0]({problem(503, "shutting_down", "no")});
    EXPECT_EQ(statusLine(c.answer()), "HTTP/1.1 503 Service Unavailable");
    EXPECT_TRUE(c.ended());
    EXPECT_TRUE(upgraded_.empty());
    EXPECT_TRUE(idle());
}

TEST_F(LaterSocket, ThatWaitsTooLongIsCut) {
    settings_.requestTimeoutMs = 50;
    open();
    auto c = client();
    ASSERT_TRUE(c.send(test::upgradeRequest("/socket?later")));
    ASSERT_TRUE(asked());
    ASSERT_TRUE(test::eventually([this] { return front_->stats().requestTimeouts == 1; }));
    decisions_[0](takeIt());
    EXPECT_TRUE(idle());
    EXPECT_TRUE(upgraded_.empty());
}

TEST_F(LaterSocket, MayBeDecidedAfterTheFront) {
    open();
    auto c = client();
    ASSERT_TRUE(c.send(test::upgradeRequest("/socket?later")));
    ASSERT_TRUE(asked());
    front_.reset();
    decisions_[0](takeIt());
    while (g_main_context_iteration(nullptr, FALSE)) {
    }
    EXPECT_TRUE(upgraded_.empty());
}

} // namespace
} // namespace lm::http
