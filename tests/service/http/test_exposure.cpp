#include "service/http/client.hpp"
#include "tests/service/http/frontfixture.hpp"

#include <vector>

namespace lm::http {
namespace {

using test::bodyOf;
using test::get;
using test::statusLine;
using test::upgradeRequest;

class Exposure : public FrontTest {
protected:
    void SetUp() override { options_.refusals = &refusals_; }
    void TearDown() override { front_.reset(); }
    void expectRefused(const std::string& request, const std::string& status, const std::string& code) {
        auto c = client();
        ASSERT_TRUE(c.send(request));
        EXPECT_TRUE(c.receives(code)) << status << " expected, not " << c.text();
        EXPECT_TRUE(statusLine(c.text()).starts_with("HTTP/1.1 " + status)) << statusLine(c.text());
    }
    security::Refusals refusals_;
};

std::string post(const std::string& path, const std::string& headers) {
    return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n";
}

TEST_F(Exposure, LengthsThatAreNoneOrTwoAreRefused) {
    open();
    for (const char* length : {"-1", "+5", "0x10", "5 5", "1e3", "99999999999999999999", "abc"})
        expectRefused(post("/thing", std::string("Content-Length: ") + length + "\r\n"), "400",
                      "bad_request");
    expectRefused(post("/thing", "Content-Length: 5\r\nContent-Length: 6\r\n"), "400", "bad_request");
    expectRefused(post("/thing", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), "400",
                  "bad_request");
    expectRefused(post("/thing", "Transfer-Encoding: gzip, chunked\r\n"), "501", "HTTP/1.1");
}

TEST_F(Exposure, HeadersThatAreTooManyOrTooLargeAreRefused) {
    open();
    std::string many;
    for (int i = 0; i < 101; ++i)
        many += "X-" + std::to_string(i) + ": 1\r\n";
    expectRefused(get("/thing", many), "431", "header_too_large");
    expectRefused(get("/thing", "X: " + std::string(33'000, 'x') + "\r\n"), "431", "header_too_large");
    EXPECT_EQ(refusals_.count("header_too_large"), 2u);
    EXPECT_EQ(statusLine(ask(get("/thing", "X: " + std::string(30'000, 'x') + "\r\n"))), "HTTP/1.1 200 OK");
}

TEST_F(Exposure, NoBodyIsReadWhereNoneIsTaken) {
    open();
    // Answered although the body never comes.
    expectRefused(post("/nothing", "Content-Length: 1000\r\n"), "404", "not_found");
    expectRefused(post("/socket", "Transfer-Encoding: chunked\r\n"), "405", "method_not_allowed");
    EXPECT_EQ(bodyOf(ask(get("/thing", "Content-Length: 3\r\n") + "abc")), R"({"name":"thing"})");
}

TEST_F(Exposure, AllBodiesTogetherAreBounded) {
    settings_.maxBodyBytes = 1000;
    settings_.maxBodyBytesTotal = 1500;
    open();
    auto first = client();
    ASSERT_TRUE(first.send(post("/thing", "Content-Length: 1000\r\n") + std::string(999, 'x')));
    for (int i = 0; i < 50; ++i)
        g_main_context_iteration(nullptr, FALSE);
    expectRefused(post("/thing", "Content-Length: 1000\r\n") + std::string(999, 'x'), "503",
                  "bodies_too_large");
    ASSERT_TRUE(first.send("x"));
    EXPECT_EQ(bodyOf(first.answer()), R"({"got":"1000"})");
    ASSERT_TRUE(idle());
    EXPECT_EQ(bodyOf(ask(post("/thing", "Content-Length: 1000\r\n") + std::string(1000, 'x'))),
              R"({"got":"1000"})");
}

TEST_F(Exposure, ABodyInSmallPiecesIsTakenUpToTheLimit) {
    settings_.maxBodyBytes = 100;
    open();
    auto c = client();
    ASSERT_TRUE(c.send(post("/thing", "Content-Length: 100\r\n")));
    for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(c.send("x"));
        g_main_context_iteration(nullptr, FALSE);
    }
    EXPECT_EQ(bodyOf(c.answer()), R"({"got":"100"})");
}

TEST_F(Exposure, ConnectionsOfOneAddressAreCapped) {
    settings_.maxConnectionsPerAddress = 2;
    open();
    auto first = client();
    auto second = client();
    ASSERT_TRUE(test::eventually([this] { return front_->connections() == 2; }));
    const std::string answer = ask(get("/thing"));
    EXPECT_EQ(statusLine(answer), "HTTP/1.1 503 Service Unavailable");
    EXPECT_NE(answer.find("Retry-After: "), std::string::npos);
    EXPECT_EQ(refusals_.count("address_connections"), 1u);
    first.close();
    ASSERT_TRUE(test::eventually([this] { return front_->connections() == 1; }));
    EXPECT_EQ(statusLine(ask(get("/thing"))), "HTTP/1.1 200 OK");
}

TEST_F(Exposure, ATrustedProxyHasNoCapOfItsOwn) {
    settings_.maxConnectionsPerAddress = 1;
    settings_.trustedProxies = {"127.0.0.0/8"};
    open();
    auto first = client();
    ASSERT_TRUE(test::eventually([this] { return front_->connections() == 1; }));
    EXPECT_EQ(statusLine(ask(get("/thing"))), "HTTP/1.1 200 OK");
}

TEST_F(Exposure, NewSocketsOfOneAddressAreLimited) {
    settings_.maxSocketsPerSecond = 1; // ten at once
    open();
    std::vector<test::RawClient> clients;
    int let = 0;
    for (int i = 0; i < 12; ++i) {
        clients.push_back(client());
        ASSERT_TRUE(clients.back().send(upgradeRequest("/socket")));
        ASSERT_TRUE(clients.back().receives("\r\n\r\n"));
        let += clients.back().text().starts_with("HTTP/1.1 101") ? 1 : 0;
    }
    EXPECT_GE(let, 10);
    EXPECT_LT(let, 12);
    EXPECT_GE(refusals_.count("too_many_sockets"), 1u);
    EXPECT_EQ(statusLine(ask(get("/thing"))), "HTTP/1.1 200 OK") << "only sockets are limited";
}

TEST_F(Exposure, EveryLineOfXForwardedForCounts) {
    settings_.trustedProxies = {"127.0.0.0/8"};
    settings_.maxSocketsPerSecond = 1; // ten at once
    open();
    int let = 0;
    for (int i = 0; i < 15; ++i) {
        auto c = client();
        // The first line is the client's own, a new address each time; the proxy adds the second.
        ASSERT_TRUE(c.send(upgradeRequest("/socket", "X-Forwarded-For: 203.0.113." + std::to_string(i) +
                                                         "\r\nX-Forwarded-For: 198.51.100.7\r\n")));
        ASSERT_TRUE(c.receives("\r\n\r\n"));
        let += c.text().starts_with("HTTP/1.1 101") ? 1 : 0;
    }
    EXPECT_LT(let, 15);
    EXPECT_GE(refusals_.count("too_many_sockets"), 1u);
}

TEST_F(Exposure, OnlyClientsThatAreNotLetInAreCounted) {
    open();
    const auto answered = [&](Response response) {
        auto c = client();
        EXPECT_TRUE(c.send(get("/later")));
        EXPECT_TRUE(test::eventually([&] { return answers_.size() == 1; }));
        answers_.front()(std::move(response));
        answers_.clear();
        return c.answer();
    };
    // Wrong requests and a service that cannot, under codes that elsewhere are refusals.
    answered(problem(400, "bad_request", "A wrong request."));
    answered(problem(415, "unsupported_media_type", "Another one."));
    answered(problem(500, "not_configured", "A setting is missing."));
    answered(problem(503, "database_away", "Try again."));
    expectRefused(post("/nothing", "Content-Length: 1000\r\n"), "404", "not_found");
    for (const auto code : security::Refusals::codes)
        EXPECT_EQ(refusals_.count(code), 0u) << code;

    answered(problem(401, "token_missing", "Who are you?"));
    answered(problem(429, "too_many_requests", "Wait."));
    answered(problem(400, "invalid_event", "No event.").asRefusal());
    answered(problem(403, "of_a_code_of_its_own", "No."));
    for (const char* code : {"token_missing", "too_many_requests", "invalid_event", "other"})
        EXPECT_EQ(refusals_.count(code), 1u) << code;
}

TEST(Request, JoinsTheLinesOfAListInTheirOrder) {
    Request request;
    request.headers = {
        {"X-Forwarded-For", "1.2.3.4, 5.6.7.8"}, {"Host", "x"}, {"x-forwarded-for", "10.0.0.1"}};
    EXPECT_EQ(request.list("X-Forwarded-For"), "1.2.3.4, 5.6.7.8, 10.0.0.1");
    EXPECT_EQ(request.list("Other"), "");
}

Ref<GSocketAddress> address(const char* text) {
    return Ref<GSocketAddress>::adopt(g_inet_socket_address_new_from_string(text, 1));
}

TEST(Proxies, AreBelievedOnlyWhenTrusted) {
    const Proxies proxies({"10.0.0.0/8", "::1"});
    EXPECT_EQ(proxies.clientOf(address("192.0.2.9").get(), "203.0.113.5"), "192.0.2.9");
    EXPECT_EQ(proxies.clientOf(address("10.1.1.1").get(), "203.0.113.5"), "203.0.113.5");
    EXPECT_EQ(proxies.clientOf(address("10.1.1.1").get(), "1.2.3.4, 203.0.113.5, 10.9.9.9"), "203.0.113.5");
    EXPECT_EQ(proxies.clientOf(address("10.1.1.1").get(), "forged, "), "10.1.1.1");
    EXPECT_EQ(proxies.clientOf(address("10.1.1.1").get(), ""), "10.1.1.1");
    EXPECT_FALSE(Proxies({}).trusts(address("10.1.1.1").get()));
}

TEST(Clients, OfIPv6AreNetworks) {
    EXPECT_EQ(clientOf(address("2001:db8:1:2:3:4:5:6").get()), clientOf(address("2001:db8:1:2::9").get()));
    EXPECT_NE(clientOf(address("2001:db8:1:2::1").get()), clientOf(address("2001:db8:1:3::1").get()));
}

} // namespace
} // namespace lm::http
