#include "plugins/common/websocket/connection.hpp"
#include "plugins/common/websocket/upgrade.hpp"
#include "tests/service/http/frontfixture.hpp"

#include <poll.h>

namespace lm::http {
namespace {

using test::bodyOf;
using test::get;
using test::statusLine;
using test::upgradeRequest;

class Head : public FrontTest {
protected:
    void SetUp() override { options_.refusals = &refusals_; }
    void TearDown() override { front_.reset(); }
    /// Sends it one byte at a time, each read before the next.
    void trickle(test::RawClient& c, const std::string& text) {
        for (const char byte : text) {
            ASSERT_TRUE(c.send(std::string(1, byte)));
            for (int i = 0; i < 3; ++i)
                g_main_context_iteration(nullptr, FALSE);
        }
    }
    /// What a media path reads: everything there is, then only when the descriptor says so.
    std::string readAll(ws::Connection& connection, std::size_t expected) {
        std::string all;
        std::uint8_t buffer[1000];
        bool waits = false;
        EXPECT_TRUE(test::eventually([&] {
            pollfd socket{connection.descriptor(), POLLIN, 0};
            if (waits && ::poll(&socket, 1, 0) == 0) return false;
            const auto got = connection.read(buffer);
            all.append(reinterpret_cast<const char*>(buffer), got.bytes);
            waits = got.drained;
            return all.size() >= expected;
        })) << all.size();
        return all;
    }
    security::Refusals refusals_;
};

TEST_F(Head, ManyRefusedRequestsLeaveNothingBehind) { // that a leak checker would find
    open();
    const std::string target = '/' + std::string(50'000, 'p');
    for (const char* field : {"Transfer-Encoding: x\r\n", "Transfer-Encoding: gzip, chunked\r\n",
                              "Content-Length: x\r\n", "Content-Length: 99999999999999999999\r\n"})
        for (int i = 0; i < 10; ++i) {
            const std::string answer = ask(get(target, field));
            const bool length = std::string(field).starts_with("Content-Length");
            EXPECT_TRUE(statusLine(answer).starts_with(length ? "HTTP/1.1 400 " : "HTTP/1.1 501 ")) << answer;
            EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
            EXPECT_NE(answer.find("Access-Control-Allow-Origin: *\r\n"), std::string::npos);
            EXPECT_NE(bodyOf(answer).find(R"({"error":{"code":")"), std::string::npos);
        }
    EXPECT_EQ(refusals_.count("bad_request"), 20u);
    EXPECT_EQ(refusals_.count("unknown_coding"), 20u);
    EXPECT_TRUE(idle());
}

TEST_F(Head, IsRefusedAsSoonAsItIsTooLarge) {
    open();
    auto line = client();
    ASSERT_TRUE(line.send("GET /" + std::string(60'000, 'x')));
    ASSERT_TRUE(line.receives("uri_too_long"));
    EXPECT_TRUE(statusLine(line.text()).starts_with("HTTP/1.1 414 ")) << line.text();
    auto fields = client();
    ASSERT_TRUE(fields.send("GET / HTTP/1.1\r\nX: " + std::string(70'000, 'x')));
    ASSERT_TRUE(fields.receives("header_too_large"));
    EXPECT_FALSE(fields.reset());
    line.close();
    fields.close();
    EXPECT_TRUE(idle());
    EXPECT_EQ(refusals_.count("uri_too_long"), 1u);
    EXPECT_EQ(refusals_.count("header_too_large"), 1u);
}

TEST_F(Head, NeverBeginsInsideEmptyLines) { // which a peer could send for ever, and keep everybody waiting
    open();
    std::string lines;
    for (int i = 0; i < 10'000; ++i)
        lines += "\r\n";
    auto c = client();
    ASSERT_TRUE(c.send(lines));
    EXPECT_TRUE(c.receives("bad_request")) << c.text();
    c.close();
    EXPECT_TRUE(idle());
}

TEST_F(Head, OfASecondRequestIsNeverRead) {
    open();
    const std::string second = get('/' + std::string(50'000, 'p'), "Transfer-Encoding: x\r\n");
    const std::string keep = "Connection: keep-alive\r\n";
    const auto post = [](const std::string& rest) { return "POST /thing HTTP/1.1\r\nHost: localhost\r\n" + rest; };
    for (const std::string& first :
         {get("/thing", keep), get("/nothing", keep), get("/socket", keep),
          "GET /thing HTTP/1.0\r\nHost: localhost\r\n" + keep + "\r\n",
          std::string("CONNECT x:1 HTTP/1.1\r\nHost: localhost\r\n\r\n"),
          std::string("CONNECT /thing HTTP/1.1\r\nHost: localhost\r\n\r\n"),
          std::string("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n"),
          std::string("HEAD /thing HTTP/1.1\r\nHost: localhost\r\n\r\n"), post("Content-Length: 4\r\n\r\nbody"),
          post("Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"),
          post("Expect: 100-continue\r\nContent-Length: 4\r\n\r\nbody"), post("Expect: x\r\n\r\n")}) {
        std::string answer = ask(first + second);
        if (answer.starts_with("HTTP/1.1 100 ")) answer = bodyOf(answer);
        EXPECT_TRUE(answer.starts_with("HTTP/1.")) << first << answer;
        EXPECT_EQ(answer.find("HTTP/1.", 1), answer.find("HTTP/1.1.\"}}")) << first << answer;
    }
    EXPECT_TRUE(idle());
}

TEST_F(Head, OfASecondRequestIsNotReadEvenWhenAHandlerFails) {
    open();
    g_test_expect_message(nullptr, G_LOG_LEVEL_CRITICAL, "http handler: *");
    const std::string answer = ask(get("/fails", "Connection: keep-alive\r\n") + get("/thing"));
    g_test_assert_expected_messages();
    EXPECT_TRUE(statusLine(answer).starts_with("HTTP/1.1 500 ")) << answer;
    EXPECT_EQ(answer.find(R"({"name")"), std::string::npos) << answer;
    EXPECT_TRUE(idle());
}

TEST_F(Head, ThatOnlyLibsoupRefusesLeavesNothingBehind) { // that a leak checker would find
    open();
    const std::string path(50'000, 'p');
    for (const std::string& head :
         {"GET /" + path + " HTTP/1.1\r\n\r\n", "GET /" + path + " HTTP/1.1\r\nHost: a/b\r\n\r\n",
          "GET /" + path + " HTTP/1.1\r\nHost: a b\r\n\r\n", "GET /" + path + " HTTP/1.9\r\nHost: localhost\r\n\r\n",
          "GET /" + path + " HTTP/1.x\r\nHost: localhost\r\n\r\n", "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
          "GET http://[" + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
          "GET /" + path + "%zz%00%ff HTTP/1.1\r\nHost: localhost\r\n\r\n", get('/' + path, "Expect: x\r\n"),
          get('/' + path + " a b"), get('/' + path, "Host: y\r\n")}) {
        const std::string answer = ask(head);
        EXPECT_GE(answer.substr(8, 2), " 4") << head.substr(50'000) << answer;
    }
    EXPECT_TRUE(idle());
}

TEST_F(Head, MayComeByteByByte) {
    open();
    auto good = client();
    trickle(good, "\r\n\r\nPOST /thing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nbody");
    EXPECT_EQ(bodyOf(good.answer()), R"({"got":"4"})");
    auto bad = client();
    trickle(bad, "POST /thing HTTP/1.1\nHost: x\nContent-Length: x\n\n");
    EXPECT_TRUE(bad.receives("bad_request"));
}

TEST_F(Head, OfAPeerThatHasGoneIsForgotten) {
    open();
    for (const char* part : {"", "\r\n", "GET /", "GET /thing HTTP/1.1\r\nHost: localhost\r\n"}) {
        auto c = client();
        if (*part) {
            ASSERT_TRUE(c.send(part));
        }
        ASSERT_TRUE(test::eventually([this] { return front_->connections() == 1; }));
        c.close();
        EXPECT_TRUE(idle()) << part;
    }
}

TEST_F(Head, WhatIsGluedToAnUpgradeIsReadOnceAndWhole) {
    open();
    std::string glued;
    for (int i = 0; i < 6'000; ++i)
        glued += std::to_string(i);
    for (const std::size_t length : {std::size_t{1}, std::size_t{3'000}, glued.size()}) {
        auto c = client();
        ASSERT_TRUE(c.send(upgradeRequest("/socket") + glued.substr(0, length)));
        ASSERT_TRUE(c.receives("101 Switching Protocols"));
        ASSERT_TRUE(test::eventually([this] { return upgraded_.size() == 1; }));
        EXPECT_TRUE(ws::isPlain(upgraded_[0].get()));
        ws::Connection connection(std::move(upgraded_[0]));
        upgraded_.clear();
        EXPECT_GE(connection.descriptor(), 0);
        EXPECT_EQ(readAll(connection, length), glued.substr(0, length));
        ASSERT_TRUE(c.send("later"));
        EXPECT_EQ(readAll(connection, 5), "later");
        ASSERT_TRUE(connection.send("back"));
        EXPECT_TRUE(c.receives("back"));
    }
}

TEST_F(Head, OfATrickledUpgradeKeepsNothingOfWhatFollows) {
    open();
    auto c = client();
    trickle(c, upgradeRequest("/socket"));
    trickle(c, "frame");
    ASSERT_TRUE(test::eventually([this] { return upgraded_.size() == 1; }));
    ws::Connection connection(std::move(upgraded_[0]));
    upgraded_.clear();
    EXPECT_EQ(readAll(connection, 5), "frame");
    c.close();
    std::uint8_t byte = 0;
    EXPECT_TRUE(test::eventually([&] {
        return connection.read({&byte, 1}).status == ws::Connection::ReadStatus::End;
    }));
}

} // namespace
} // namespace lm::http
