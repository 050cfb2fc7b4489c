#pragma once

#include "service/access/gate.hpp"
#include "service/api/ports.hpp"
#include "service/http/router.hpp"

namespace lm::api {

/// `GET /ready`, 200 or 503; `GET /metrics`; `GET /api/tracks`, `GET /api/tracks/{id}`,
/// `GET /api/tracks/{id}/coverage` and `GET /api/tracks/{id}/pipeline.dot`, 404 for what is unknown.
/// All but `/ready`, which load balancers ask, need the role viewer. `state` must outlive the router.
void addObservation(http::Router& router, Observation& state, const access::Gate& gate);

} // namespace lm::api
