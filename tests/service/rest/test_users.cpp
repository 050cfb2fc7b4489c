#include "service/rest/users.hpp"
#include "tests/service/rest/restfixture.hpp"

namespace lm::rest {
namespace {

class Users : public RestTest {
protected:
    Users() {
        addUsers(router_, *store_, open_, [] { return at(1); });
    }
    std::string make(const std::string& body) {
        const auto response = ask("POST", "/api/users", body);
        EXPECT_EQ(response.status, 201u) << response.body;
        const std::string id = json::stringMember(jsonOf(response).get(), "id");
        EXPECT_EQ(header(response, "Location"), "/api/users/" + id);
        return id;
    }
    static std::string email(const http::Response& response) {
        return json::stringMember(jsonOf(response).get(), "email");
    }
    static guint count(const json::Node& page) {
        return json_array_get_length(json_node_get_array(json::member(page.get(), "users")));
    }
};

TEST_P(Users, AreMadeShownChangedAndRemoved) {
    const std::string id = make(R"({"email":" Ann@Example.ORG ","name":" Ann "})");
    const auto shown = get("/api/users/" + id);
    EXPECT_EQ(shown.status, 200u);
    EXPECT_EQ(email(shown), "ann@example.org");
    EXPECT_NE(shown.body.find(R"("name":"Ann")"), std::string::npos);
    EXPECT_NE(shown.body.find(R"("createdAt":"2026-01-01T00:00:01.000Z")"), std::string::npos) << shown.body;
    const auto changed = ask("PATCH", "/api/users/" + id, R"({"name":"Ann B."})");
    EXPECT_EQ(changed.status, 200u);
    EXPECT_NE(changed.body.find("Ann B."), std::string::npos);
    EXPECT_EQ(email(changed), "ann@example.org");
    EXPECT_EQ(ask("DELETE", "/api/users/" + id).status, 204u);
    EXPECT_EQ(get("/api/users/" + id).status, 404u);
}

TEST_P(Users, HaveAddressesOfTheirOwn) {
    make(R"({"email":"ann@example.org"})");
    const std::string bob = make(R"({"email":"bob@example.org"})");
    const auto again = ask("POST", "/api/users", R"({"email":"ANN@example.org"})");
    EXPECT_EQ(again.status, 409u);
    EXPECT_EQ(problem(again), "email_taken email");
    EXPECT_EQ(ask("PATCH", "/api/users/" + bob, R"({"email":"ann@example.org"})").status, 409u);
    EXPECT_EQ(ask("PATCH", "/api/users/" + bob, R"({"email":"Bob@example.org"})").status, 200u) << "its own";
}

TEST_P(Users, AreListedInPages) {
    for (int i = 0; i < 3; ++i)
        make("{\"email\":\"u" + std::to_string(i) + "@example.org\"}");
    const json::Node first = jsonOf(get("/api/users?limit=2"));
    EXPECT_EQ(count(first), 2u);
    const json::Node second =
        jsonOf(get("/api/users?limit=2&cursor=" + json::stringMember(first.get(), "nextCursor")));
    EXPECT_EQ(count(second), 1u);
    EXPECT_EQ(problem(get("/api/users?email=x")), "invalid_parameter email");
}

TEST_P(Users, SayWhichFieldIsWrong) {
    const auto post = [&](const std::string& body) { return problem(ask("POST", "/api/users", body)); };
    EXPECT_EQ(post("{}"), "invalid_parameter email");
    EXPECT_EQ(post(R"({"email":"ann"})"), "invalid_parameter email");
    EXPECT_EQ(post(R"({"email":7})"), "invalid_parameter email");
    EXPECT_EQ(post(R"({"email":"a@b.c","name":null})"), "invalid_parameter name");
    EXPECT_EQ(post(R"({"email":"a@b.c","id":"x"})"), "invalid_parameter id");
    EXPECT_EQ(post(R"({"email":"a@b.c","role":"admin"})"), "invalid_parameter role");
    EXPECT_EQ(post("["), "invalid_parameter");
    EXPECT_EQ(post("[]"), "invalid_parameter");
    EXPECT_EQ(problem(ask("PATCH", "/api/users/x", "{}")), "invalid_parameter");
}

TEST_P(Users, AreSentAsJson) {
    http::Request request{"POST", "/api/users", "", R"({"email":"a@b.c"})"};
    request.headers.emplace_back("Content-Type", "text/plain");
    EXPECT_EQ(router_.answer(request).status, 415u);
}

TEST_P(Users, ThatNobodyKnowsAre404) {
    EXPECT_EQ(get("/api/users/nobody").status, 404u);
    EXPECT_EQ(ask("DELETE", "/api/users/nobody").status, 404u);
    EXPECT_EQ(ask("PATCH", "/api/users/nobody", R"({"name":"x"})").status, 404u);
}

TEST_P(Users, AreManagedByAdminsAndReadByViewers) {
    const std::string secret(32, 's');
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
            .count();
    using Header = std::pair<std::string, std::string>;
    const auto bearer = [&](access::Role role) {
        return Header("Authorization", "Bearer " + *access::makeToken(secret, {"", role}, now, now + 600));
    };
    router_ = http::Router();
    addUsers(router_, *store_, access::Gate({.secrets = {secret}, .origins = {}}));
    const std::string body = R"({"email":"a@b.c"})";
    EXPECT_EQ(ask("GET", "/api/users").status, 401u);
    EXPECT_EQ(ask("GET", "/api/users", "", {bearer(access::Role::Viewer)}).status, 200u);
    EXPECT_EQ(ask("POST", "/api/users", body, {bearer(access::Role::Operator)}).status, 403u);
    EXPECT_EQ(ask("POST", "/api/users", body, {bearer(access::Role::Admin)}).status, 201u);
    EXPECT_EQ(ask("DELETE", "/api/users/x", "", {bearer(access::Role::Operator)}).status, 403u);
    EXPECT_EQ(ask("PATCH", "/api/users/x", body, {bearer(access::Role::Viewer)}).status, 403u);
}

ON_BOTH_ENGINES(Users);

} // namespace
} // namespace lm::rest
