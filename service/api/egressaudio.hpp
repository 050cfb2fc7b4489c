#pragma once

#include "service/api/ports.hpp"
#include "service/domain/utc.hpp"
#include "service/http/router.hpp"
#include "service/security/mediatoken.hpp"

#include <functional>
#include <optional>

namespace lm::api {

/// Who may send.
struct EgressAccess {
    std::optional<security::MediaTokens> tokens = {}; // without: everybody
    std::function<domain::UtcTime()> clock = std::chrono::system_clock::now;
};

/// `WS /egress-audio`. Everything that can be wrong with a request is answered before the upgrade: 401 when
/// the URL's token does not admit, 400 with the parameter's name, 503 with `Retry-After` when full or
/// shutting down. `tracks` must outlive the router.
void addEgressAudio(http::Router& router, TrackStarter& tracks, EgressAccess access = {});

} // namespace lm::api
