#pragma once

#include "plugins/common/guarded.hpp"
#include "service/json/json.hpp"
#include "service/rest/sessions.hpp"
#include "tests/service/store/engines.hpp"
#include "tests/support/eventually.hpp"

namespace lm::rest {

/// Endpoints over a store with a database of the test's own. There is no HTTP: requests go to the router.
class RestTest : public store::Engines {
protected:
    RestTest()
        : store_(std::move(*store::Store::open(*store::parseAddress(url_), nullptr, {}))), db_(connect()) {}

    http::Response ask(const std::string& method, const std::string& target, const std::string& body = {},
                       std::vector<std::pair<std::string, std::string>> headers = {}) {
        const std::size_t mark = target.find('?');
        http::Request request{method, target.substr(0, mark), "", body};
        if (mark != std::string::npos) request.query = target.substr(mark + 1);
        request.headers = std::move(headers);
        if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
        http::Response response = router_.answer(request);
        if (!response.later) return response;
        // Any thread may answer.
        auto answer = std::make_shared<Guarded<std::optional<http::Response>>>();
        response.later([answer](http::Response given) { *answer->lock() = std::move(given); });
        EXPECT_TRUE(test::eventually([&] { return answer->lock()->has_value(); })) << target;
        return answer->copy().value_or(http::Response{0});
    }
    http::Response get(const std::string& target) { return ask("GET", target); }
    static json::Node jsonOf(const http::Response& response) {
        auto parsed = json::parse(response.body, "body");
        return parsed ? *parsed : json::Node();
    }
    static std::string header(const http::Response& response, const std::string& name) {
        for (const auto& [key, value] : response.headers)
            if (key == name) return value;
        return {};
    }
    /// `code parameter` of an error.
    static std::string problem(const http::Response& response) {
        const json::Node body = jsonOf(response);
        JsonNode* error = body ? json::member(body.get(), "error") : nullptr;
        if (!error) return "no problem: " + response.body;
        const std::string parameter = json::stringMember(error, "parameter");
        return json::stringMember(error, "code") + (parameter.empty() ? "" : " " + parameter);
    }

    http::Router router_;
    const access::Gate open_{access::Gate::Options{}};
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<store::Connection> db_; // what others write
};

} // namespace lm::rest
