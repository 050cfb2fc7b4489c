#include "plugins/common/loopthread.hpp"
#include "tests/support/temporarydirectory.hpp"
#include "tools/analysisstub/behaviour.hpp"
#include "tools/analysisstub/server.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

using namespace lm;
using namespace lm::analysisstub;

namespace {

TEST(Judge, FailsTheFirstAttemptsOfEachBlock) {
    Judge judge({.failures = 2, .status = 503, .retryAfterSeconds = 7});
    for (const auto* block : {"a", "b"}) {
        for (int attempt = 0; attempt < 2; ++attempt) {
            const auto answer = judge.judge({"", block});
            EXPECT_EQ(answer.kind, Answer::Kind::Failure);
            EXPECT_EQ(answer.status, 503u);
            EXPECT_EQ(answer.retryAfterSeconds, 7u);
        }
        EXPECT_EQ(judge.judge({"", block}).kind, Answer::Kind::Emotions);
    }
}

TEST(Judge, AsksForTheKeyFirst) {
    Judge judge({.failAlways = true, .requiredKey = "k"});
    EXPECT_EQ(judge.judge({"Bearer x", "a"}).kind, Answer::Kind::Unauthorised);
    EXPECT_EQ(judge.judge({"Bearer k", "a"}).kind, Answer::Kind::Failure);
}

struct Reply {
    guint status = 0; // 0: no answer
    std::string body;
    std::string retryAfter;
};

class StubTest : public ::testing::Test {
protected:
    void start(Behaviour behaviour, const std::string& directory = {}) {
        thread_.emplace("stub");
        thread_->run([&] {
            auto recorder = Recorder::open(directory);
            ASSERT_TRUE(recorder);
            server_.emplace(behaviour, std::move(*recorder));
            port_ = *server_->listen("127.0.0.1", 0);
        });
    }

    void TearDown() override {
        if (thread_) thread_->run([this] { server_.reset(); });
    }

    Reply request(const char* method, const std::string& target, const std::string& body = {},
                  const std::map<std::string, std::string>& headers = {}, guint timeout = 20) {
        const auto session =
            Ref<SoupSession>::adopt(soup_session_new_with_options("timeout", timeout, nullptr));
        const auto url = "http://127.0.0.1:" + std::to_string(port_) + target;
        const auto message = Ref<SoupMessage>::adopt(soup_message_new(method, url.c_str()));
        // libsoup repeats a request on a new connection when the server hangs up; here that would hide it.
        soup_message_add_flags(message.get(), SOUP_MESSAGE_NEW_CONNECTION);
        for (const auto& [name, value] : headers) {
            soup_message_headers_replace(soup_message_get_request_headers(message.get()), name.c_str(),
                                         value.c_str());
        }
        if (!body.empty()) {
            const auto bytes = Ref<GBytes>::adopt(g_bytes_new(body.data(), body.size()));
            soup_message_set_request_body_from_bytes(message.get(), "application/octet-stream", bytes.get());
        }
        const auto answer =
            Ref<GBytes>::adopt(soup_session_send_and_read(session.get(), message.get(), nullptr, nullptr));
        Reply reply;
        if (!answer) return reply;
        gsize size = 0;
        const auto* data = static_cast<const char*>(g_bytes_get_data(answer.get(), &size));
        reply.body.assign(data == nullptr ? "" : data, size);
        reply.status = soup_message_get_status(message.get());
        const char* retry =
            soup_message_headers_get_one(soup_message_get_response_headers(message.get()), "Retry-After");
        reply.retryAfter = retry == nullptr ? "" : retry;
        return reply;
    }

    std::optional<LoopThread> thread_;
    std::optional<Server> server_;
    std::uint16_t port_ = 0;
};

TEST_F(StubTest, AnswersABlockOnAnyPathWithEmotions) {
    start({});
    const auto reply = request("POST", "/v1/analyse?track=t", std::string(384'000, 'x'));
    EXPECT_EQ(reply.status, 200u);
    EXPECT_NE(reply.body.find("\"emotions\""), std::string::npos);
    EXPECT_NE(reply.body.find("\"receivedBytes\":384000"), std::string::npos);
}

TEST_F(StubTest, RecordsBodyHeadersAndDigest) {
    const lm::test::TemporaryDirectory temporary;
    const std::string directory = temporary.path();
    start({}, directory);
    request("POST", "/a?sr=48000", "abc", {{"X-Track-Id", "TR_1"}, {"Authorization", "Bearer secret"}});
    std::ifstream body(directory + "/000001.body");
    std::string line;
    std::getline(body, line);
    EXPECT_EQ(line, "abc");
    std::ifstream index(directory + "/index.jsonl");
    std::getline(index, line);
    for (const auto* part :
         {"\"path\":\"/a\"", "\"query\":\"sr=48000\"", "\"x-track-id\":\"TR_1\"", "\"size\":3",
          "\"status\":200", "\"file\":\"000001.body\"", "\"authorization\":\"present\"",
          "\"sha256\":\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\""}) {
        EXPECT_NE(line.find(part), std::string::npos) << part << " in " << line;
    }
    EXPECT_EQ(line.find("secret"), std::string::npos);
    EXPECT_NE(request("GET", "/requests").body.find("\"x-track-id\":\"TR_1\""), std::string::npos);
}

TEST_F(StubTest, CountsWhenItDoesNotRecord) {
    start({});
    for (int i = 0; i < 3; ++i)
        request("POST", "/", std::string(1000, 'x'));
    const auto stats = request("GET", "/stats").body;
    EXPECT_EQ(stats, "{\"requests\":3,\"complete\":3,\"bytes\":3000,\"inFlight\":0,\"maxInFlight\":1,"
                     "\"statuses\":{\"200\":3}}\n");
}

TEST_F(StubTest, FailsAsAskedWithRetryAfter) {
    start({.failures = 1, .status = 429, .retryAfterSeconds = 3});
    const std::map<std::string, std::string> block = {{"Idempotency-Key", "k1"}};
    const auto first = request("POST", "/", "x", block);
    EXPECT_EQ(first.status, 429u);
    EXPECT_EQ(first.retryAfter, "3");
    EXPECT_EQ(request("POST", "/", "x", block).status, 200u);
}

TEST_F(StubTest, WantsTheKey) {
    start({.requiredKey = "k"});
    EXPECT_EQ(request("POST", "/", "x").status, 401u);
    EXPECT_EQ(request("POST", "/", "x", {{"Authorization", "Bearer k"}}).status, 200u);
}

TEST_F(StubTest, AnswersGarbage) {
    start({.garbage = true});
    const auto reply = request("POST", "/", "x");
    EXPECT_EQ(reply.status, 200u);
    EXPECT_NE(reply.body.find("not JSON"), std::string::npos);
}

TEST_F(StubTest, DropsTheConnection) {
    start({.drop = true});
    EXPECT_EQ(request("POST", "/", "x").status, 0u);
    EXPECT_NE(request("GET", "/stats").body.find("\"complete\":"), std::string::npos);
}

TEST_F(StubTest, HangsUntilTheClientGivesUp) {
    start({.hang = true});
    EXPECT_EQ(request("POST", "/", "x", {}, 1).status, 0u);
}

TEST_F(StubTest, AnswersLate) {
    start({.delayMs = 20});
    EXPECT_EQ(request("POST", "/", "x").status, 200u);
}

TEST_F(StubTest, ExplainsOtherRequests) {
    start({});
    EXPECT_EQ(request("GET", "/nothing").status, 404u);
    EXPECT_EQ(request("PUT", "/", "x").status, 405u);
}

} // namespace
