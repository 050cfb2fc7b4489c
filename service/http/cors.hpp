#pragma once

#include "service/http/origins.hpp"
#include "service/http/response.hpp"

namespace lm::http {

/// Which pages of other origins may read answers (Fetch standard, 3.2).
class Cors {
public:
    explicit Cors(Origins origins) : origins_(std::move(origins)) {}

    /// Adds what a browser needs to see to any answer, errors included.
    void decorate(const Request& request, Response& response) const;
    /// Adds the answer to a preflight; `methods` is the `Allow` list of the resource.
    void decoratePreflight(const Request& request, const std::string& methods, Response& response) const;
    /// Answers a request that must not reach a handler: under a name that is not ours, or, as WebSockets know
    /// no preflight, a socket for a page of a foreign origin.
    std::optional<Response> refusal(const Request& request, bool socket) const;

private:
    Origins origins_;
};

} // namespace lm::http
