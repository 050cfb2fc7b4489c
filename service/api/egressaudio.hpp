#pragma once

#include "service/api/ports.hpp"
#include "service/http/router.hpp"

namespace lm::api {

/// `WS /egress-audio`. Everything that can be wrong with a request is answered before the upgrade: 400 with
/// the parameter's name, 503 with `Retry-After` when full or shutting down. `tracks` must outlive the router.
void addEgressAudio(http::Router& router, TrackStarter& tracks);

} // namespace lm::api
