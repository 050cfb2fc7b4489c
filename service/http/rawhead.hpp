#pragma once

#include "service/http/response.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace lm::http {

constexpr std::size_t maxRequestLine = 56 * 1024; // the names of a track: 4 KiB each, percent-encoded
constexpr std::size_t maxFields = 100;
constexpr std::size_t maxFieldBytes = 32 * 1024; // of all field lines, as sent
constexpr std::size_t maxHead = 62 * 1024;       // libsoup ends the connection at 64 KiB

/// Where the head of a request ends in `text`: behind its empty line, which a bare LF may end too (RFC 9112,
/// 2.2); 0 while it is not all there. `text` begins with the request line. `from` bytes of it, which hold
/// no end, need not be looked at again.
std::size_t endOfHead(std::string_view text, std::size_t from = 0);

/// What is wrong with as much of a head as is there, all of it or not: a request line (414), fields or all
/// of it (431) beyond the limits.
std::optional<Response> checkHeadSize(std::string_view head);

/// What is wrong with a whole head, its empty line included, before anything else reads it: what
/// `checkHeadSize` says; no request line of HTTP/1, control characters, a line without a name, a folded line
/// (400; RFC 9112, 5); a length that is none, two lengths, a length beside `Transfer-Encoding` (400; RFC
/// 9112, 6.3: the ways in which two servers can be made to see different requests); another coding than
/// chunked (501).
std::optional<Response> checkRawHead(std::string_view head);

/// The value of a field of a head, empty when there is none.
std::string_view fieldOf(std::string_view head, std::string_view name);

} // namespace lm::http
