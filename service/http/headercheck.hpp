#pragma once

#include "service/http/response.hpp"

#include <libsoup/soup.h>

#include <optional>

namespace lm::http {

/// What is wrong with a header that has arrived, before anything else looks at it: too many or too large
/// fields (431), a length that is none, two lengths, a length beside `Transfer-Encoding` (400; RFC 9112, 6.3:
/// the ways in which two servers can be made to see different requests), another coding than chunked (501).
std::optional<Response> checkHeader(SoupMessageHeaders* headers);

/// True when a body is announced, even if it may turn out empty.
bool announcesBody(SoupMessageHeaders* headers);

} // namespace lm::http
