#pragma once

/// Between libsoup's message and our values.

#include "service/http/request.hpp"
#include "service/http/response.hpp"

#include <libsoup/soup.h>

namespace lm::http {

Request readRequest(SoupServerMessage* message);
/// Hides `Range` from libsoup, which would cut the answer by itself, for overlapping ranges many times over.
/// readRequest shows it.
void keepRange(SoupServerMessage* message);
/// Sets status, headers and body; the connection ends with it.
void writeAnswer(SoupServerMessage* message, const Response& response);
/// Puts a JSON error where libsoup will find a body if it refuses the request by itself, before any handler
/// runs.
void prepareBadRequest(SoupServerMessage* message);
void clearAnswer(SoupServerMessage* message);

} // namespace lm::http
