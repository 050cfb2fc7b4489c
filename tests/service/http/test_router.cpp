#include "service/http/router.hpp"

#include <gtest/gtest.h>

namespace lm::http {
namespace {

Router routes() {
    Router router;
    router.add("GET", "/a", [](const Request& r) { return Response{200, r.query}; });
    router.add("POST", "/a", [](const Request&) { return Response{201}; });
    router.addSocket("/ws", [](const Request&) { return Admission{}; });
    return router;
}

TEST(Router, FindsByPathAndMethod) {
    const Router router = routes();
    EXPECT_EQ(router.answer({"GET", "/a", "q=1", ""}).body, "q=1");
    EXPECT_EQ(router.answer({"HEAD", "/a", "", ""}).status, 200u);
    EXPECT_EQ(router.answer({"POST", "/a", "", ""}).status, 201u);
}

TEST(Router, MatchesPathsExactly) {
    const Router router = routes();
    for (const char* path : {"/", "", "/A", "/a/", "/a/b", "a", "*"})
        EXPECT_EQ(router.answer({"GET", path, "", ""}).status, 404u) << path;
}

Router parameterised() {
    Router router;
    const auto id = [](const Request& r) { return Response{200, r.parameters.at("id")}; };
    router.add("GET", "/things/{id}", id);
    router.add("GET", "/things/{id}/part", [](const Request& r) {
        return Response{201, r.parameters.at("id")};
    });
    router.add("GET", "/things/special", [](const Request&) { return Response{202}; });
    return router;
}

TEST(Router, HandsOverWhatStandsInTheBraces) {
    const Router router = parameterised();
    EXPECT_EQ(router.answer({"GET", "/things/a b%{}", "", ""}).body, "a b%{}");
    EXPECT_EQ(router.answer({"GET", "/things/x/part", "", ""}).status, 201u);
    EXPECT_EQ(router.answer({"GET", "/things/x/part", "", ""}).body, "x");
    EXPECT_EQ(router.answer({"GET", "/things/{id}", "", ""}).body, "{id}");
}

TEST(Router, PrefersThePathWithoutBraces) {
    EXPECT_EQ(parameterised().answer({"GET", "/things/special", "", ""}).status, 202u);
}

TEST(Router, ABraceIsOneWholeSegment) {
    const Router router = parameterised();
    for (const char* path :
         {"/things", "/things/", "/things//part", "/things/a/b", "/things/a/part/", "things/a"})
        EXPECT_EQ(router.answer({"GET", path, "", ""}).status, 404u) << path;
}

TEST(Router, AnswersForAPathWithBracesAsForOthers) {
    const Router router = parameterised();
    const Response refused = router.answer({"POST", "/things/a", "", ""});
    EXPECT_EQ(refused.status, 405u);
    EXPECT_EQ(refused.headers.at(0), std::pair(std::string("Allow"), std::string("GET, HEAD, OPTIONS")));
    EXPECT_EQ(router.answer({"OPTIONS", "/things/a/part", "", ""}).status, 204u);
    EXPECT_EQ(router.methods("/things/a"), "GET, HEAD, OPTIONS");
}

TEST(Router, ListsItsEndpointsAndKnowsWhichOneAPathIs) {
    const Router router = parameterised();
    const auto all = router.endpoints();
    ASSERT_EQ(all.size(), 3u);
    EXPECT_EQ(all[1].path, "/things/{id}");
    EXPECT_EQ(all[1].methods, "GET, HEAD, OPTIONS");
    EXPECT_FALSE(all[1].socket);
    EXPECT_TRUE(routes().endpoints().back().socket);
    EXPECT_EQ(router.endpointAt("/things/x/part"), "/things/{id}/part");
    EXPECT_EQ(router.endpointAt("/nothing"), "");
}

TEST(Router, TellsTheMethodsOfAPath) {
    const Router router = routes();
    EXPECT_EQ(router.methods("/a"), "GET, HEAD, POST, OPTIONS");
    EXPECT_EQ(router.methods("/ws"), "GET, OPTIONS");
    EXPECT_EQ(router.methods("/b"), "");
    EXPECT_EQ(router.answer({"PUT", "/a", "", ""}).status, 405u);
    EXPECT_EQ(router.answer({"POST", "/ws", "", ""}).status, 405u);
    EXPECT_EQ(router.answer({"OPTIONS", "/a", "", ""}).status, 204u);
}

TEST(Router, AsksForAnUpgradeOnASocketPath) {
    const Router router = routes();
    EXPECT_EQ(router.answer({"GET", "/ws", "", ""}).status, 426u);
    EXPECT_NE(router.socketAt("/ws"), nullptr);
    EXPECT_EQ(router.socketAt("/a"), nullptr);
}

TEST(Problem, HasOneShape) {
    EXPECT_EQ(problem(400, "c", "say \"hi\"\n", "p").body,
              R"({"error":{"code":"c","parameter":"p","message":"say \"hi\"\n"}})");
    EXPECT_EQ(problem(400, "c", "m").body, R"({"error":{"code":"c","message":"m"}})");
}

} // namespace
} // namespace lm::http
