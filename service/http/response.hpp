#pragma once

#include "service/http/bodysource.hpp"

#include <chrono>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lm::http {

struct Response;
/// Gives an answer; any thread, once, at any time: what comes after the end of the request is dropped.
using Answer = std::function<void(Response)>;

struct Response {
    unsigned status = 200;
    std::string body = {};
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::string code = {}; // of an error, as in its body: what refusals are counted by
    /// Its client was not let in, though the status alone does not say so (countsAsRefusal).
    bool refusal = false;
    std::string type = "application/json; charset=utf-8"; // of the body
    /// Set: nothing else counts, and this, called at once, sees to it that the answer is given later. It must
    /// be given: until then the connection waits.
    std::function<void(Answer)> later = {};
    /// Beside `later`: called when the client has gone before its answer, once, on the thread of the front.
    /// An answer is then dropped.
    std::function<void()> abandoned = {};
    /// Beside `later`: how long the answer may take. Zero: as long as any request.
    std::chrono::milliseconds patience{0};
    /// Set: the body, instead of `body`. Ignored by toWire.
    std::shared_ptr<BodySource> source = {};

    Response& with(std::string name, std::string value) {
        headers.emplace_back(std::move(name), std::move(value));
        return *this;
    }
    Response& asRefusal() {
        refusal = true;
        return *this;
    }
};

/// Not a wrong request, or a service that cannot just now, but a client that is not let in: 401, 403, 429,
/// and what says so itself.
inline bool countsAsRefusal(const Response& response) {
    return response.refusal || response.status == 401 || response.status == 403 || response.status == 429;
}

/// A flat object of strings (UTF-8), members in the order given.
Response object(unsigned status, std::initializer_list<std::pair<const char*, std::string>> members);

/// The one shape of every error: `{"error":{"code":"…","parameter":"…","message":"…"}}`. `code` is for
/// programs, lower case with underscores; `parameter` is left out when empty; `message` is for people.
Response problem(unsigned status, const std::string& code, const std::string& message,
                 const std::string& parameter = {});

/// The reason phrase of a status (RFC 9110, 15).
const char* reasonPhrase(unsigned status);

/// The response as HTTP/1.1 text, for a connection libsoup no longer owns. Says `Connection: close`.
std::string toWire(const Response& response);

} // namespace lm::http
