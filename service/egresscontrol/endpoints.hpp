#pragma once

#include "service/access/gate.hpp"
#include "service/egresscontrol/controller.hpp"
#include "service/http/router.hpp"
#include "service/livekit/api.hpp"

#include <string>

namespace lm::egresscontrol {

/// `GET /api/egress` (viewer), `POST /api/egress` and `DELETE /api/egress/{id}` (operator). `controller` and
/// `api` live as long as the router's front. nullptr: they say that `missing`, a variable, must be set.
void addEgress(http::Router& router, Controller* controller, livekit::Api* api, const access::Gate& gate,
               const std::string& missing);

} // namespace lm::egresscontrol
