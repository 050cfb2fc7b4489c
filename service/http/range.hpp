#pragma once

#include "service/http/request.hpp"

#include <cstdint>
#include <string>

namespace lm::http {

/// What identifies a state of a resource (RFC 9110, 8.8).
struct Validators {
    std::string etag;              // a strong one, with its quotes
    std::int64_t lastModified = 0; // Unix seconds
};

/// What of a resource is asked for.
struct Selection {
    enum class Kind {
        Whole,         // 200
        Part,          // 206
        Unsatisfiable, // 416
        NotModified,   // 304
    };
    Kind kind = Kind::Whole;
    std::uint64_t first = 0;
    std::uint64_t length = 0;
};

/// Reads `Range`, `If-Range`, `If-None-Match` and `If-Modified-Since` of a request for a resource of `size`
/// bytes (RFC 9110, 13 and 14). One range is served; of several, and of what is no range, nothing is: the
/// whole is. `now`, Unix seconds: a date is only exact when it is a second ago.
Selection select(const Request& request, std::uint64_t size, const Validators& validators, std::int64_t now);

/// `bytes 0-99/200`, `bytes */200`.
std::string contentRange(const Selection& selection, std::uint64_t size);
/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7).
std::string httpDate(std::int64_t unixSeconds);

} // namespace lm::http
