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
