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

TEST(Cors, StarAllowsEveryPage) {
    const Cors cors({"*"});
    EXPECT_EQ(allowed(cors, from("https://a")), "*");
    EXPECT_EQ(allowed(cors, {"GET", "/", "", ""}), "*");
    EXPECT_TRUE(cors.admits(from("null")));
}

TEST(Cors, AListAllowsItsOriginsAlone) {
    const Cors cors({"https://a", "http://b:8080"});
    EXPECT_EQ(allowed(cors, from("http://b:8080")), "http://b:8080");
    for (const char* other : {"https://b:8080", "http://b", "https://a.evil", "null", "*"}) {
        EXPECT_EQ(allowed(cors, from(other)), "") << other;
        EXPECT_FALSE(cors.admits(from(other))) << other;
    }
    EXPECT_TRUE(cors.admits({"GET", "/", "", ""}));
}

TEST(Cors, WithoutAListOnlyPagesOfTheServiceItselfMayConnect) {
    const Cors cors({});
    const auto page = [](const std::string& origin) {
        return Request{"GET", "/", "", "", {{"Origin", origin}, {"Host", "media.example:3001"}}};
    };
    EXPECT_TRUE(cors.admits(page("https://media.example:3001")));
    for (const char* other : {"https://media.example", "https://evil", "null", "media.example:3001"})
        EXPECT_FALSE(cors.admits(page(other))) << other;
    EXPECT_EQ(allowed(cors, page("https://evil")), "");
    EXPECT_TRUE(cors.admits({"GET", "/", "", ""})) << "an egress is no page";
}

TEST(Cors, AnswersThatDependOnTheOriginSaySo) {
    Response response;
    Cors({"https://a"}).decorate(from("https://a"), response);
    EXPECT_EQ(response.headers.front(), std::make_pair(std::string("Vary"), std::string("Origin")));
}

TEST(Cors, PreflightRepeatsHeaderNamesOnly) {
    const Cors cors({"*"});
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
