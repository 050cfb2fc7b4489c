#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// Text forms of what goes into a request line, a header or a log line. Pure.
namespace lm::imentivsink {

/// RFC 3986: every byte but the unreserved ones becomes %XX. For values in a query.
std::string percentEncoded(std::string_view value);

/// A header value that no input can break out of: visible ASCII and inner spaces stay, everything else (CR,
/// LF, UTF-8, spaces at the ends) and `%` itself becomes %XX, so that decoding always gives the original
/// back. Also used for identifiers in log lines.
std::string headerValue(std::string_view value);

/// True when `value` can be sent in a header as it is; for secrets, which must not be rewritten.
bool isHeaderSafe(std::string_view value);

/// RFC 3339 in UTC with microseconds: `2026-08-22T10:11:12.123456Z`. `utcNs`: nanoseconds since the Unix
/// epoch.
std::string rfc3339(std::int64_t utcNs);

/// A URL that may be logged or read back: user information and the values of the query are replaced by `***`.
std::string redactedUrl(std::string_view url);

} // namespace lm::imentivsink
