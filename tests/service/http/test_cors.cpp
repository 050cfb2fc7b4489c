#include "service/http/cors.hpp"

#include <gtest/gtest.h>

namespace lm::http {
namespace {

Request from(const std::string& origin) {
    return {"GET", "/", "", "", {{"origin", origin}}};
}

std::string allowed(const Cors& cors, const Request& request) {
    Response response;
    cors.decorate(request, response);
    for (const auto& [name, value] : response.headers)
        if (name == "Access-Control-Allow-Origin") return value;
    return {};
}

bool connects(const Cors& cors, const Request& request) {
    return !cors.refusal(request, true);
}

TEST(Cors, StarAllowsEveryPage) {
    const Cors cors(Origins({"*"}, false));
    EXPECT_EQ(allowed(cors, from("https://a")), "*");
    EXPECT_EQ(allowed(cors, {"GET", "/", "", ""}), "*");
    EXPECT_TRUE(connects(cors, from("null")));
}

TEST(Cors, AListAllowsItsOriginsAlone) {
    const Cors cors(Origins({"https://a", "http://b:8080"}, false));
    EXPECT_EQ(allowed(cors, from("http://b:8080")), "http://b:8080");
    for (const char* other : {"https://b:8080", "http://b", "https://a.evil", "null", "*"}) {
        EXPECT_EQ(allowed(cors, from(other)), "") << other;
        EXPECT_FALSE(connects(cors, from(other))) << other;
    }
    EXPECT_TRUE(connects(cors, {"GET", "/", "", ""}));
}

TEST(Cors, WithoutAListOnlyPagesOfTheServiceItselfMayConnect) {
    const Cors cors(Origins({}, false));
    const auto page = [](const std::string& origin) {
        return Request{"GET", "/", "", "", {{"Origin", origin}, {"Host", "media.example:3001"}}};
    };
    EXPECT_TRUE(connects(cors, page("https://media.example:3001")));
    for (const char* other : {"https://media.example", "https://evil", "null", "media.example:3001"})
        EXPECT_FALSE(connects(cors, page(other))) << other;
    EXPECT_EQ(allowed(cors, page("https://evil")), "");
    EXPECT_TRUE(connects(cors, {"GET", "/", "", ""})) << "an egress is no page";
}

TEST(Cors, LocalIsEveryPageOfThisMachineAndNoOther) {
    const Cors cors(Origins({"local"}, true));
    for (const char* page :
         {"http://localhost:3000", "https://127.0.0.1", "http://127.8.8.8:1", "http://[::1]:3000"}) {
        EXPECT_EQ(allowed(cors, from(page)), page);
        EXPECT_TRUE(connects(cors, from(page))) << page;
    }
    for (const char* page : {"http://localhost.evil", "http://127.0.0.1.evil", "http://127.evil", "null",
                             "localhost", "https://evil/localhost", "http://evil:3000"}) {
        EXPECT_EQ(allowed(cors, from(page)), "") << page;
        EXPECT_FALSE(connects(cors, from(page))) << page;
    }
}

TEST(Cors, ANameThatOnlyPointsHereIsNotServedToPages) {
    const Cors here(Origins({"https://meet.example:8443"}, true));
    const auto asked = [](const char* method, const std::string& host, const std::string& origin = {}) {
        Request request{method, "/", "", "", {{"Host", host}}};
        if (!origin.empty()) request.headers.emplace_back("Origin", origin);
        return request;
    };
    for (const char* host : {"localhost:3001", "127.0.0.1", "[::1]:3001", "meet.example", ""})
        EXPECT_FALSE(here.refusal(asked("GET", host), false)) << host;
    for (const char* host : {"evil.example:3001", "localhost.evil", "127.0.0.1.evil:3001"}) {
        const auto refused = here.refusal(asked("GET", host), false);
        ASSERT_TRUE(refused) << host;
        EXPECT_EQ(refused->status, 421u);
        EXPECT_TRUE(here.refusal(asked("POST", host, std::string("http://") + host), false)) << host;
        EXPECT_TRUE(here.refusal(asked("GET", host, std::string("http://") + host), true)) << host;
        EXPECT_FALSE(here.refusal(asked("POST", host), false))
            << "a webhook: no browser leaves `Origin` away";
        EXPECT_FALSE(here.refusal(asked("GET", host), true)) << "an egress";
    }
    EXPECT_FALSE(Cors(Origins({}, false)).refusal(asked("GET", "media.example"), false))
        << "elsewhere every name may be ours, and tokens protect";
}

TEST(Cors, AnswersThatDependOnTheOriginSaySo) {
    Response response;
    Cors(Origins({"https://a"}, true)).decorate(from("https://a"), response);
    EXPECT_EQ(response.headers.front(), std::make_pair(std::string("Vary"), std::string("Origin")));
}

TEST(Cors, PreflightRepeatsHeaderNamesOnly) {
    const Cors cors(Origins({"*"}, false));
    const auto allowedHeaders = [&](const std::string& wanted) {
        Response response;
        cors.decoratePreflight(
            {"OPTIONS",
             "/",
             "",
             "",
             {{"Access-Control-Request-Method", "GET"}, {"Access-Control-Request-Headers", wanted}}},
            "GET", response);
        for (const auto& [name, value] : response.headers)
            if (name == "Access-Control-Allow-Headers") return value;
        return std::string();
    };
    EXPECT_EQ(allowedHeaders("authorization, content-type"), "authorization, content-type");
    EXPECT_EQ(allowedHeaders("a\r\nSet-Cookie: x"), "");
}

} // namespace
} // namespace lm::http
