#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lm::http {

/// What a handler sees of a request: values, no library types.
struct Request {
    std::string method; // as sent; HEAD arrives as GET
    std::string path;   // percent-decoded
    std::string query;  // still encoded, without the `?`
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::map<std::string, std::string> parameters = {}; // what stood in the braces of the route's path
    std::string client = {}; // address that limits count by: a trusted proxy's word for it, IPv6 as a /64

    /// The first header of this name, whatever its case; empty when there is none.
    std::string_view header(std::string_view name) const;
    /// The values of all headers of this name as one list, in their order (RFC 9110, 5.3).
    std::string list(std::string_view name) const;
};

} // namespace lm::http
