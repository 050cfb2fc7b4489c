#pragma once

#include "service/access/token.hpp"
#include "service/http/origins.hpp"
#include "service/http/router.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lm::access {

/// The one place that decides who may ask for what. Knows three states:
///   - with secrets: who shows a bearer token with the role, or a higher one;
///   - without, on loopback: everybody on this machine; but nobody through a proxy, and pages of other
///   origins may change nothing, unless they are listed;
///   - without, elsewhere: nobody.
/// A refusal is 401 with `WWW-Authenticate` (RFC 6750) or 403, and names the role that is missing. Copies are
/// cheap. Any thread.
class Gate {
public:
    struct Options {
        std::vector<std::string> secrets; // each of them admits
        bool local = true;                // only this machine can ask, see config::isLocal
        std::vector<std::string> origins; // of pages, as CORS_ORIGINS; `*` is no list
        std::function<std::chrono::seconds()> clock = unixNow;
    };
    explicit Gate(Options options);

    /// nullopt: the request may go on. Looks at `Authorization` and `Origin`.
    std::optional<http::Response> refusal(const http::Request& request, Role least) const;
    /// The same where a token comes another way; without its `Bearer`.
    std::optional<http::Response> refusal(std::string_view token, Role least) const;
    /// `handler` for those who may.
    http::Handler guard(Role least, http::Handler handler) const;

    bool open() const { return options_->secrets.empty() && options_->local; }
    bool closed() const { return options_->secrets.empty() && !options_->local; }

private:
    static std::chrono::seconds unixNow();
    std::shared_ptr<const Options> options_;
    std::shared_ptr<const http::Origins> origins_;
};

} // namespace lm::access
