#include "service/store/sessions.hpp"
#include "service/store/tracks.hpp"
#include "tests/service/rest/restfixture.hpp"

namespace lm::rest {
namespace {

using store::must;

class Sessions : public RestTest {
protected:
    Sessions() {
        addSessions(router_, *store_, open_);
        for (int i = 0; i < 3; ++i) {
            const std::string meeting = "RM_" + std::to_string(i);
            must(startSession(*db_, {meeting, i == 2 ? "other room" : "room", meeting}, at(i)));
        }
        must(endSession(*db_, {"RM_0", "room", "RM_0"}, at(10)));
    }
    /// meetingIds of a listing.
    std::string list(const std::string& query, std::string* next = nullptr) {
        const auto response = get("/api/sessions" + query);
        const json::Node body = jsonOf(response);
        if (response.status != 200 || !body) return problem(response);
        JsonArray* all = json_node_get_array(json::member(body.get(), "sessions"));
        std::string ids;
        for (guint i = 0; i < json_array_get_length(all); ++i)
            ids += json::stringMember(json_array_get_element(all, i), "meetingId") + " ";
        if (next) *next = json::stringMember(body.get(), "nextCursor");
        return ids;
    }
    void addTrack(const std::string& id, int second) {
        store::Track track;
        track.id = id;
        track.meetingId = "RM_1";
        track.roomName = "room";
        track.startedAt = at(second);
        must(saveTrack(*db_, track));
    }
    void addBlock(const std::string& track, int sequence, const std::string& answer) {
        store::Block block{track, sequence, sequence * 10, 10, at(sequence)};
        block.state = store::BlockState::Delivered;
        block.httpStatus = 200;
        block.answer = answer;
        must(saveBlock(*db_, block));
    }
};

TEST_P(Sessions, AreListedNewestFirstAndFiltered) {
    EXPECT_EQ(list(""), "RM_2 RM_1 RM_0 ");
    EXPECT_EQ(list("?status=ACTIVE"), "RM_2 RM_1 ");
    EXPECT_EQ(list("?status=ENDED"), "RM_0 ");
    EXPECT_EQ(list("?roomName=other+room"), "RM_2 ");
    EXPECT_EQ(list("?roomName=room&status=ACTIVE"), "RM_1 ");
    EXPECT_EQ(list("?roomName=nobody"), "");
}

TEST_P(Sessions, AreListedInPages) {
    std::string next;
    EXPECT_EQ(list("?limit=2", &next), "RM_2 RM_1 ");
    ASSERT_NE(next, "");
    EXPECT_EQ(list("?limit=2&cursor=" + next, &next), "RM_0 ");
    EXPECT_EQ(next, "");
}

TEST_P(Sessions, SayWhichParameterIsWrong) {
    const std::pair<std::string, std::string> wrong[] = {
        {"?status=active", "status"},  {"?limit=0", "limit"},         {"?limit=201", "limit"},
        {"?limit=x", "limit"},         {"?cursor=x", "cursor"},       {"?roomname=room", "roomname"},
        {"?limit=1&limit=2", "limit"}, {"?roomName=%ff", "roomName"}, {"?roomName=%zz", "roomName"}};
    for (const auto& [query, name] : wrong) {
        const auto response = get("/api/sessions" + query);
        EXPECT_EQ(response.status, 400u) << query;
        EXPECT_EQ(problem(response), "invalid_parameter " + name);
    }
}

TEST_P(Sessions, AreShownWithTracksRecordingsAndResults) {
    addTrack("t2", 20);
    addTrack("t1", 10);
    must(saveRecording(*db_, {"t1", 1, "RM_1/a.wav", 48000, 2, 0, 100, at(10)}));
    addBlock("t1", 0, R"({"joy":0.5})");
    addBlock("t1", 1, "no JSON");
    const auto response = get("/api/sessions/RM_1");
    EXPECT_EQ(response.status, 200u);
    EXPECT_EQ(header(response, "Cache-Control"), "no-store");
    const json::Node body = jsonOf(response);
    ASSERT_TRUE(body) << response.body;
    EXPECT_EQ(json::stringMember(body.get(), "status"), "ACTIVE");
    JsonArray* tracks = json_node_get_array(json::member(body.get(), "tracks"));
    ASSERT_EQ(json_array_get_length(tracks), 2u);
    EXPECT_EQ(json::stringMember(json_array_get_element(tracks, 0), "id"), "t1");
    for (const char* part : {R"("audio":"/api/recordings/t1.1/audio")", R"("answer":{"joy":0.5})",
                             R"("answer":"no JSON")", R"("file":"RM_1/a.wav")"})
        EXPECT_NE(response.body.find(part), std::string::npos) << part << " in " << response.body;
}

TEST_P(Sessions, ShowTheFirstResultsAndWhereTheyGoOn) {
    addTrack("t1", 1);
    for (int i = 0; i < 5; ++i)
        addBlock("t1", i, "{}");
    EXPECT_NE(get("/api/sessions/RM_1?results=3").body.find(R"("nextSequence":3)"), std::string::npos);
    EXPECT_NE(get("/api/sessions/RM_1").body.find(R"("nextSequence":null)"), std::string::npos);
    const auto rest = get("/api/tracks/t1/results?from=3&limit=1");
    EXPECT_EQ(rest.status, 200u);
    EXPECT_NE(rest.body.find(R"("sequence":3)"), std::string::npos) << rest.body;
    EXPECT_NE(rest.body.find(R"("nextSequence":4)"), std::string::npos) << rest.body;
    EXPECT_EQ(problem(get("/api/tracks/t1/results?from=-1")), "invalid_parameter from");
    EXPECT_EQ(problem(get("/api/sessions/RM_1?results=501")), "invalid_parameter results");
}

TEST_P(Sessions, AreAnswersOfBoundedSize) {
    addTrack("t1", 1);
    for (int i = 0; i < 100; ++i)
        addBlock("t1", i, '"' + std::string(60'000, 'x') + '"');
    const auto response = get("/api/sessions/RM_1?results=500");
    EXPECT_LT(response.body.size(), 5u << 20);
    EXPECT_EQ(response.body.find(R"("nextSequence":null)"), std::string::npos);
}

TEST_P(Sessions, ThatNoWebhookToldOfAreWhatTheirTracksSay) {
    must(saveTrack(*db_, {"t1", "RM_7", "kitchen", "ann", "TR_1", 48000, 2, at(10)}));
    must(saveTrack(*db_, {"t2", "RM_7", "kitchen", "bob", "TR_2", 48000, 2, at(20)}));
    const auto part = [](const json::Node& body, const char* name) {
        return json::stringMember(body.get(), name);
    };
    const json::Node running = jsonOf(get("/api/sessions/RM_7"));
    EXPECT_EQ(part(running, "id"), "");
    EXPECT_EQ(part(running, "roomName"), "kitchen");
    EXPECT_EQ(part(running, "status"), "ACTIVE");
    EXPECT_EQ(part(running, "startedAt"), domain::utcText(at(10)));
    for (const auto& [id, end] : {std::pair{"t1", 60}, std::pair{"t2", 50}}) {
        store::Track ended{id, "RM_7", "kitchen", "", ""};
        ended.startedAt = at(10);
        ended.endedAt = at(end);
        must(saveTrack(*db_, ended));
    }
    const json::Node over = jsonOf(get("/api/sessions/RM_7"));
    EXPECT_EQ(part(over, "status"), "ENDED");
    EXPECT_EQ(part(over, "endedAt"), domain::utcText(at(60)));
}

TEST_P(Sessions, ThatNobodyKnowsAre404) {
    EXPECT_EQ(get("/api/sessions/RM_9").status, 404u);
    EXPECT_EQ(get("/api/tracks/unknown/results").status, 404u);
}

TEST_P(Sessions, NeedAViewer) {
    http::Router router;
    addSessions(router, *store_, access::Gate({.secrets = {std::string(32, 's')}, .origins = {}}));
    for (const auto& endpoint : router.endpoints())
        EXPECT_EQ(router.answer({"GET", endpoint.path, "", ""}).status, 401u) << endpoint.path;
}

ON_BOTH_ENGINES(Sessions);

TEST(WithoutADatabase, AnswersAre503InPlainWords) {
    auto store =
        store::Store::open(*store::parseAddress("postgresql://u:hunter2@127.0.0.1:1/x"), nullptr, {});
    ASSERT_TRUE(store);
    http::Router router;
    addSessions(router, **store, access::Gate(access::Gate::Options{}));
    std::optional<http::Response> answer;
    router.answer({"GET", "/api/sessions", "", ""}).later([&](http::Response given) {
        answer = std::move(given);
    });
    ASSERT_TRUE(test::eventually([&] { return answer.has_value(); }));
    EXPECT_EQ(answer->status, 503u);
    EXPECT_EQ(answer->headers.at(0).first, "Retry-After");
    EXPECT_NE(answer->body.find("recordings are not affected"), std::string::npos);
    EXPECT_EQ(answer->body.find("hunter2"), std::string::npos);
}

} // namespace
} // namespace lm::rest
