#include "service/api/observe.hpp"

#include <gtest/gtest.h>

namespace lm::api {
namespace {

struct Fake : Observation {
    std::pair<bool, std::string> readiness() override { return {ready, "{}"}; }
    std::string metrics() override { return "up 1\n"; }
    std::string metricsType() const override { return "text/plain"; }
    std::string tracks() override { return "[]"; }
    std::optional<std::string> track(const std::string& id) override {
        return id == "known" ? std::optional<std::string>(R"({"id":"known"})") : std::nullopt;
    }
    std::optional<std::string> drawing(const std::string& id) override {
        return id == "known" ? std::optional<std::string>("digraph {}") : std::nullopt;
    }
    bool coverage(const std::string& id, const std::string& meeting,
                  std::function<void(std::optional<std::string>)> done) override {
        asked = {id, meeting};
        if (!busy) done(id == "known" ? std::optional<std::string>("{}") : std::nullopt);
        return !busy;
    }
    bool ready = true;
    bool busy = false;
    std::pair<std::string, std::string> asked;
};

class Observe : public testing::Test {
protected:
    Observe() { addObservation(router_, state_, access::Gate({})); }
    http::Response get(const char* path) { return router_.answer({"GET", path, "", ""}); }
    http::Response getLater(const std::string& path, const std::string& query = "") {
        http::Response given{0};
        router_.answer({"GET", path, query, ""}).later([&](http::Response response) {
            given = std::move(response);
        });
        return given;
    }
    Fake state_;
    http::Router router_;
};

TEST_F(Observe, ReadinessIsAStatus) {
    EXPECT_EQ(get("/ready").status, 200u);
    state_.ready = false;
    EXPECT_EQ(get("/ready").status, 503u);
    EXPECT_EQ(get("/ready").headers.at(0).second, "no-store");
}

TEST_F(Observe, OnlyReadinessIsForEverybody) {
    http::Router router;
    addObservation(router, state_, access::Gate({.secrets = {std::string(32, 's')}, .origins = {}}));
    for (const auto& endpoint : router.endpoints())
        EXPECT_EQ(router.answer({"GET", endpoint.path, "", ""}).status,
                  endpoint.path == "/ready" ? 200u : 401u)
            << endpoint.path;
}

TEST_F(Observe, TextIsTypedAsWhatItIs) {
    EXPECT_EQ(get("/metrics").type, "text/plain");
    EXPECT_EQ(get("/api/tracks/known/pipeline.dot").type, "text/vnd.graphviz; charset=utf-8");
    EXPECT_EQ(get("/api/tracks/known/pipeline.dot").body, "digraph {}");
}

TEST_F(Observe, AnUnknownTrackIs404) {
    EXPECT_EQ(get("/api/tracks/known").body, R"({"id":"known"})");
    EXPECT_EQ(get("/api/tracks/other").status, 404u);
    EXPECT_NE(get("/api/tracks/other").body.find("unknown_track"), std::string::npos);
    EXPECT_EQ(get("/api/tracks/other/pipeline.dot").status, 404u);
    EXPECT_NE(get("/api/tracks/other/pipeline.dot").body.find("no_pipeline"), std::string::npos);
}

TEST_F(Observe, CoverageIsAnsweredOnceItIsRead) {
    EXPECT_EQ(getLater("/api/tracks/known/coverage", "meetingId=a%20b").body, "{}");
    EXPECT_EQ(state_.asked, std::pair(std::string("known"), std::string("a b")));
    EXPECT_EQ(getLater("/api/tracks/other/coverage").status, 404u);
    EXPECT_EQ(state_.asked.second, "");
    state_.busy = true;
    EXPECT_EQ(getLater("/api/tracks/known/coverage").status, 503u);
}

TEST_F(Observe, AMeetingThatCannotBeUnderstoodIsNotLookedFor) {
    for (const char* query : {"meetingId=a&meetingId=b", "meetingId=%zz"})
        EXPECT_EQ(router_.answer({"GET", "/api/tracks/known/coverage", query, ""}).status, 400u) << query;
    EXPECT_EQ(state_.asked.first, "");
}

} // namespace
} // namespace lm::api
