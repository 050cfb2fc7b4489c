#pragma once

#include "service/http/front.hpp"
#include "tests/service/http/rawclient.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <stdexcept>

namespace lm::http {

/// A front on a free port with one resource (`/thing`: GET, POST that echoes), one that fails (`/fails`) and
/// one WebSocket (`/socket`).
class FrontTest : public ::testing::Test {
protected:
    void open() {
        settings_.port = 0;
        Router router;
        router.add("GET", "/thing", [](const Request&) { return object(200, {{"name", "thing"}}); });
        router.add("POST", "/thing", [](const Request& r) {
            return object(200, {{"got", std::to_string(r.body.size())}});
        });
        router.add("GET", "/fails",
                   [](const Request&) -> Response { throw std::runtime_error("a bug of the handler"); });
        router.add("GET", "/later", [this](const Request&) {
            Response response;
            response.later = [this](Answer answer) { answers_.push_back(std::move(answer)); };
            response.abandoned = [this] { ++abandoned_; };
            response.patience = patience_;
            return response;
        });
        router.addOtherwise("/later", [](const Request& r) { return problem(400, "not_so", r.method); });
        router.addSocket("/socket", [this](const Request& r) -> Admission {
            if (r.query == "refuse") return {problem(400, "invalid_parameter", "no", "x")};
            if (r.query == "later")
                return {{}, {}, [this](Decide decide) { decisions_.push_back(std::move(decide)); }};
            return takeIt();
        });
        auto front = Front::open(settings_, std::move(router), options_);
        ASSERT_TRUE(front) << front.error().message;
        front_ = std::move(*front);
    }
    test::RawClient client() { return test::RawClient(front_->port()); }
    std::string ask(const std::string& request) {
        auto c = client();
        EXPECT_TRUE(c.send(request));
        const std::string answer = c.answer();
        EXPECT_TRUE(c.ended()) << "the connection stays open after: " << answer;
        return answer;
    }
    bool idle() {
        return test::eventually([this] { return front_->connections() == 0; });
    }
    static std::size_t descriptors() {
        const auto all = std::filesystem::directory_iterator("/proc/self/fd");
        return static_cast<std::size_t>(std::distance(begin(all), end(all)));
    }

    using Decide = std::function<void(Admission)>;
    Admission takeIt() {
        return {{}, [this](Ref<GIOStream> stream) { upgraded_.push_back(std::move(stream)); }};
    }

    config::HttpSettings settings_ = [] {
        config::HttpSettings settings;
        settings.corsOrigins = {"*"};
        return settings;
    }();
    FrontOptions options_;
    std::vector<Decide> decisions_;         // that `/socket?later` waits for
    std::vector<Answer> answers_;           // that `/later` waits for
    std::chrono::milliseconds patience_{0}; // of `/later`
    unsigned abandoned_ = 0;                // clients of `/later`
    std::vector<Ref<GIOStream>> upgraded_;
    std::unique_ptr<Front> front_;
};

} // namespace lm::http
