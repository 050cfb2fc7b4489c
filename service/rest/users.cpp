#include "service/rest/users.hpp"

#include "service/rest/answers.hpp"
#include "service/rest/parameters.hpp"
#include "service/rest/rows.hpp"
#include "service/rest/userfields.hpp"

namespace lm::rest {
namespace {

using store::Connection;
using Answered = store::Outcome<http::Response>;

http::Response unknown() {
    return http::problem(404, "not_found", "There is no user of this id; GET /api/users lists them.");
}

Answered failed(const store::Failure& failure) {
    if (failure.kind == store::Failure::Kind::Conflict)
        return http::problem(409, "email_taken", "Another user has this address.", "email");
    return failure;
}

/// Says what is wrong with a body that must be JSON: a page of another origin cannot send that unasked.
std::optional<http::Response> wrongType(const http::Request& request) {
    const std::string_view type = request.header("Content-Type");
    const std::string_view name = type.substr(0, type.find_first_of("; "));
    if (name == "application/json") return std::nullopt;
    return http::problem(415, "unsupported_media_type", "The body must be application/json.");
}

http::Response list(store::Store& store, const http::Request& request) {
    const auto parameters = Parameters::read(request.query, {"limit", "cursor"});
    if (!parameters) return invalid(parameters.error());
    const auto page = parameters->page();
    if (!page) return invalid(page.error());
    return fromStore(store, [page = *page](Connection& connection) -> Answered {
        const auto found = store::listUsers(connection, page);
        if (!found) return found.failure();
        return fresh(200, toJson("users", *found, [](const store::User& u) { return toJson(u); }));
    });
}

http::Response one(store::Store& store, const http::Request& request) {
    return fromStore(store, [id = request.parameters.at("id")](Connection& connection) -> Answered {
        const auto found = store::findUser(connection, id);
        if (!found) return found.failure();
        return *found ? fresh(200, toJson(**found)) : unknown();
    });
}

http::Response create(store::Store& store, const http::Request& request, domain::UtcTime now) {
    if (auto wrong = wrongType(request)) return std::move(*wrong);
    const auto fields = readUserFields(request.body);
    if (!fields) return invalid(fields.error());
    if (!fields->email) return invalid({"email is required.", "email"});
    return fromStore(store, [fields = *fields, now](Connection& connection) -> Answered {
        const auto made = store::createUser(connection, *fields.email, fields.name.value_or(""), now);
        if (!made) return failed(made.failure());
        return std::move(fresh(201, toJson(*made)).with("Location", "/api/users/" + made->id));
    });
}

http::Response change(store::Store& store, const http::Request& request, domain::UtcTime now) {
    if (auto wrong = wrongType(request)) return std::move(*wrong);
    const auto fields = readUserFields(request.body);
    if (!fields) return invalid(fields.error());
    if (!fields->email && !fields->name) return invalid({"email, name or both must be there.", ""});
    return fromStore(
        store, [id = request.parameters.at("id"), fields = *fields, now](Connection& connection) -> Answered {
            const auto changed = store::changeUser(connection, id, fields, now);
            if (!changed) return failed(changed.failure());
            return *changed ? fresh(200, toJson(**changed)) : unknown();
        });
}

http::Response remove(store::Store& store, const http::Request& request) {
    return fromStore(store, [id = request.parameters.at("id")](Connection& connection) -> Answered {
        const auto removed = store::deleteUser(connection, id);
        if (!removed) return removed.failure();
        return *removed ? http::Response{204} : unknown();
    });
}

} // namespace

void addUsers(http::Router& router, store::Store& store, const access::Gate& gate,
              std::function<domain::UtcTime()> clock) {
    using access::Role;
    const auto add = [&](const char* method, const char* path, Role least, http::Handler handler) {
        router.add(method, path, gate.guard(least, std::move(handler)));
    };
    add("GET", "/api/users", Role::Viewer, [&store](const http::Request& r) { return list(store, r); });
    add("POST", "/api/users", Role::Admin,
        [&store, clock](const http::Request& r) { return create(store, r, clock()); });
    add("GET", "/api/users/{id}", Role::Viewer, [&store](const http::Request& r) { return one(store, r); });
    add("PATCH", "/api/users/{id}", Role::Admin,
        [&store, clock](const http::Request& r) { return change(store, r, clock()); });
    add("DELETE", "/api/users/{id}", Role::Admin,
        [&store](const http::Request& r) { return remove(store, r); });
}

} // namespace lm::rest
