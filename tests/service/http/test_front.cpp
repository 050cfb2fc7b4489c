#include "tests/service/http/frontfixture.hpp"

namespace lm::http {
namespace {

using test::bodyOf;
using test::get;
using test::statusLine;
using test::upgradeRequest;

TEST_F(FrontTest, AnswersAndEndsTheConnection) {
    open();
    const std::string answer = ask(get("/thing"));
    EXPECT_EQ(statusLine(answer), "HTTP/1.1 200 OK");
    EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
    EXPECT_NE(answer.find("Content-Type: application/json; charset=utf-8\r\n"), std::string::npos);
    EXPECT_NE(answer.find("Access-Control-Allow-Origin: *\r\n"), std::string::npos);
    EXPECT_EQ(bodyOf(answer), R"({"name":"thing"})");
    EXPECT_TRUE(idle());
}

TEST_F(FrontTest, AnswersHeadWithoutABody) {
    open();
    const std::string answer = ask("HEAD /thing HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(statusLine(answer), "HTTP/1.1 200 OK");
    EXPECT_NE(answer.find("Content-Length: 16\r\n"), std::string::npos) << answer;
    EXPECT_EQ(bodyOf(answer), "");
}

TEST_F(FrontTest, SaysInJsonWhatIsNotThere) {
    open();
    const std::string missing = ask(get("/nothing"));
    EXPECT_EQ(statusLine(missing), "HTTP/1.1 404 Not Found");
    EXPECT_NE(bodyOf(missing).find(R"({"error":{"code":"not_found",)"), std::string::npos);
    const std::string method = ask("DELETE /thing HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(statusLine(method), "HTTP/1.1 405 Method Not Allowed");
    EXPECT_NE(method.find("Allow: GET, HEAD, POST, OPTIONS\r\n"), std::string::npos) << method;
    EXPECT_NE(bodyOf(method).find(R"("code":"method_not_allowed")"), std::string::npos);
}

TEST_F(FrontTest, SaysInJsonWhatIsNotHttp) {
    open();
    for (const char* request : {"NONSENSE\r\n\r\n", "GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
                                "GET /thing HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"}) {
        const std::string answer = ask(request);
        EXPECT_TRUE(statusLine(answer).ends_with(" 400 Bad Request")) << request << answer;
        EXPECT_NE(bodyOf(answer).find(R"("code":"bad_request")"), std::string::npos) << answer;
    }
    EXPECT_TRUE(idle());
}

TEST_F(FrontTest, AnswersAPreflight) {
    settings_.corsOrigins = {"https://meet.example"};
    open();
    const std::string preflight =
        "OPTIONS /thing HTTP/1.1\r\nHost: localhost\r\nAccess-Control-Request-Method: POST\r\n"
        "Access-Control-Request-Headers: content-type\r\nOrigin: ";
    const std::string known = ask(preflight + "https://meet.example\r\n\r\n");
    EXPECT_EQ(statusLine(known), "HTTP/1.1 204 No Content");
    EXPECT_NE(known.find("Access-Control-Allow-Origin: https://meet.example\r\n"), std::string::npos);
    EXPECT_NE(known.find("Access-Control-Allow-Methods: GET, HEAD, POST, OPTIONS\r\n"), std::string::npos);
    EXPECT_NE(known.find("Vary: Origin\r\n"), std::string::npos);
    const std::string foreign = ask(preflight + "https://evil.example\r\n\r\n");
    EXPECT_EQ(foreign.find("Access-Control-Allow-Origin"), std::string::npos);
}

TEST_F(FrontTest, IgnoresRanges) {
    open();
    const std::string answer = ask(get("/thing", "Range: bytes=0-1,0-1,0-1,0-1\r\n"));
    EXPECT_EQ(statusLine(answer), "HTTP/1.1 200 OK");
    EXPECT_EQ(bodyOf(answer), R"({"name":"thing"})");
}

TEST_F(FrontTest, AnswersOnlyTheFirstOfPipelinedRequests) {
    open();
    const std::string answer = ask(get("/thing") + get("/nothing"));
    EXPECT_EQ(bodyOf(answer), R"({"name":"thing"})");
    EXPECT_TRUE(idle());
}

TEST_F(FrontTest, HandsAnUpgradedConnectionOverWithWhatCameBehindTheHandshake) {
    open();
    auto c = client();
    ASSERT_TRUE(c.send(upgradeRequest("/socket") + "early"));
    ASSERT_TRUE(c.receives("101 Switching Protocols"));
    ASSERT_TRUE(test::eventually([this] { return upgraded_.size() == 1; }));
    EXPECT_EQ(front_->connections(), 0u) << "a media socket must not count as an HTTP connection";
    EXPECT_EQ(front_->stats().upgraded, 1u);
    char buffer[16];
    const gssize got = g_input_stream_read(g_io_stream_get_input_stream(upgraded_[0].get()), buffer,
                                           sizeof buffer, nullptr, nullptr);
    ASSERT_GT(got, 0);
    EXPECT_EQ(std::string(buffer, static_cast<std::size_t>(got)), "early");
}

TEST_F(FrontTest, TimersOfAHandedOverConnectionAreOff) {
    settings_.headerTimeoutMs = 300;
    settings_.requestTimeoutMs = 400;
    open();
    auto media = client();
    ASSERT_TRUE(media.send(upgradeRequest("/socket")));
    ASSERT_TRUE(test::eventually([this] { return upgraded_.size() == 1; }));
    // A later connection that runs into its deadline proves that the time of the first has passed too.
    auto late = client();
    late.answer();
    ASSERT_TRUE(late.ended());
    ASSERT_TRUE(media.send("x"));
    char byte = 0;
    EXPECT_EQ(
        g_input_stream_read(g_io_stream_get_input_stream(upgraded_[0].get()), &byte, 1, nullptr, nullptr), 1);
    EXPECT_EQ(front_->stats().headerTimeouts, 1u);
}

TEST_F(FrontTest, RefusesASocketBeforeItsUpgrade) {
    open();
    const std::string plain = ask(get("/socket"));
    EXPECT_EQ(statusLine(plain), "HTTP/1.1 426 Upgrade Required") << plain;
    EXPECT_NE(plain.find("Upgrade: websocket\r\n"), std::string::npos);
    const std::string refused = ask(upgradeRequest("/socket?refuse"));
    EXPECT_EQ(statusLine(refused), "HTTP/1.1 400 Bad Request");
    EXPECT_EQ(bodyOf(refused), R"({"error":{"code":"invalid_parameter","parameter":"x","message":"no"}})");
    const std::string old =
        ask(get("/socket", "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8\r\n"
                           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"));
    EXPECT_EQ(statusLine(old), "HTTP/1.1 400 Bad Request");
    EXPECT_NE(old.find("Sec-WebSocket-Version: 13\r\n"), std::string::npos);
    const std::string keyless =
        ask(get("/socket", "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"));
    EXPECT_EQ(statusLine(keyless), "HTTP/1.1 400 Bad Request");
    EXPECT_NE(bodyOf(keyless).find("bad_handshake"), std::string::npos);
    EXPECT_TRUE(upgraded_.empty());
    EXPECT_TRUE(idle());
}

TEST_F(FrontTest, RefusesSocketsOfForeignPages) {
    settings_.corsOrigins = {"https://meet.example"};
    open();
    EXPECT_EQ(statusLine(ask(upgradeRequest("/socket", "Origin: https://evil.example\r\n"))),
              "HTTP/1.1 403 Forbidden");
    auto own = client();
    own.send(upgradeRequest("/socket", "Origin: https://meet.example\r\n"));
    EXPECT_TRUE(own.receives("101"));
}

TEST_F(FrontTest, SurvivesAPeerThatClosesAroundItsUpgrade) {
    open();
    const std::size_t before = descriptors();
    const std::string whole = upgradeRequest("/socket");
    for (std::size_t length :
         {std::size_t{0}, std::size_t{1}, whole.size() / 2, whole.size() - 1, whole.size()}) {
        auto c = client();
        if (length > 0) {
            ASSERT_TRUE(c.send(whole.substr(0, length)));
        }
    }
    const std::uint64_t expected = 5;
    ASSERT_TRUE(test::eventually([&] { return front_->stats().accepted == expected; }));
    EXPECT_TRUE(idle());
    upgraded_.clear();
    EXPECT_EQ(descriptors(), before);
}

TEST_F(FrontTest, SaysWhyItCannotListen) {
    open();
    config::HttpSettings same = settings_;
    same.port = front_->port();
    const auto second = Front::open(same, Router());
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().message.find(std::to_string(same.port)), std::string::npos);
    EXPECT_NE(second.error().message.find("PORT"), std::string::npos);
    EXPECT_EQ(front_->url(), "http://127.0.0.1:" + std::to_string(front_->port()));
}

} // namespace
} // namespace lm::http
