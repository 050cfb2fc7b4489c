#pragma once

#include "service/access/gate.hpp"
#include "service/store/store.hpp"

namespace lm::rest {

/// `GET /api/sessions` (filters `status`, `roomName`; `limit`, `cursor`), `GET /api/sessions/{meetingId}`
/// with its tracks, their recordings and the first results of each, and `GET /api/tracks/{id}/results`
/// (`from`, `limit`) for the others. For viewers. `store` must outlive the router.
void addSessions(http::Router& router, store::Store& store, const access::Gate& gate);

} // namespace lm::rest
