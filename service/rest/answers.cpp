#include "service/rest/answers.hpp"

namespace lm::rest {

http::Response fromStore(store::Store& store,
                         std::function<store::Outcome<http::Response>(store::Connection&)> question) {
    http::Response response;
    response.later = [&store, question = std::move(question)](const http::Answer& answer) {
        store.ask<http::Response>(patience, question, [answer](store::Outcome<http::Response> made) {
            answer(made ? std::move(*made) : problemOf(made.failure()));
        });
    };
    return response;
}

http::Response problemOf(const store::Failure& failure) {
    using Kind = store::Failure::Kind;
    switch (failure.kind) {
    case Kind::Conflict:
        return http::problem(409, "conflict", "There is one already.");
    case Kind::Refused:
        return http::problem(500, "not_stored", "The database does not take this; the log says why.");
    case Kind::Late:
        return http::problem(503, "database_slow",
                             "The database did not answer in time; whether a change was made is not known.")
            .with("Retry-After", "5");
    case Kind::Away:
    case Kind::Unfit:
        break;
    }
    return http::problem(503, "database_away",
                         "The database cannot be reached just now; recordings are not affected. Try again.")
        .with("Retry-After", "5");
}

http::Response invalid(const Error& error) {
    return http::problem(400, "invalid_parameter", error.message, error.where);
}

http::Response fresh(unsigned status, const json::Node& body) {
    http::Response response{status, json::toText(body.get())};
    response.with("Cache-Control", "no-store");
    return response;
}

std::string plainName(const std::string& name) {
    std::string plain;
    for (const char c : name)
        plain += (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' ||
                         c == '-' || c == '_'
                     ? c
                     : '_';
    return plain.empty() ? "recording" : plain;
}

} // namespace lm::rest
