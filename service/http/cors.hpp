#pragma once

#include "service/http/request.hpp"
#include "service/http/response.hpp"

namespace lm::http {

/// Which pages of other origins may read answers (Fetch standard, 3.2).
class Cors {
public:
    /// `origins` as browsers send them, or `*` alone for all; none: only pages of the service itself.
    explicit Cors(std::vector<std::string> origins) : origins_(std::move(origins)) {}

    /// Adds what a browser needs to see to any answer, errors included.
    void decorate(const Request& request, Response& response) const;
    /// Adds the answer to a preflight; `methods` is the `Allow` list of the resource.
    void decoratePreflight(const Request& request, const std::string& methods, Response& response) const;
    /// False for a browser's request from a foreign origin: WebSockets know no preflight, so they are checked
    /// here. A request without an `Origin` does not come from a page.
    bool admits(const Request& request) const;

private:
    bool any() const { return origins_.size() == 1 && origins_.front() == "*"; }
    bool listed(std::string_view origin) const;

    std::vector<std::string> origins_;
};

} // namespace lm::http
