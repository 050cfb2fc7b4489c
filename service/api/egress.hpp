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

/// Finds the meeting that is held in a room now. `found` is called once, on the thread of the front, at once
/// or within a second: empty when there is none or nobody knows.
using FindMeeting =
    std::function<void(const std::string& room, std::function<void(std::string meetingId)> found)>;

/// `WS /egress-audio` and `WS /egress-video`. Everything that can be wrong with a request is answered before
/// the upgrade: 401 when the URL's token does not admit, 400 with the parameter's name, 503 with
/// `Retry-After` when full or shutting down. A request that names no meeting gets its 101 when `find` has
/// answered: who sends has not begun by then. Without `find` it stays without. `tracks` must outlive the
/// router.
void addEgress(http::Router& router, TrackStarter& tracks, EgressAccess access = {}, FindMeeting find = {});

} // namespace lm::api
