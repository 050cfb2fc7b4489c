#pragma once

#include "service/engineio/ports.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace lm::engineio {

/// What the query of a request says; empty is absent.
struct Query {
    std::string version, transport, sid;
};
Query parseQuery(std::string_view query);

/// The errors of the protocol, answered as `{"code":…,"message":…}` with 400.
enum class Refusal {
    TransportUnknown = 0,
    SessionUnknown = 1,
    BadHandshakeMethod = 2,
    BadRequest = 3,
    Forbidden = 4,
    UnsupportedVersion = 5,
};
Answer refuse(Refusal refusal);
/// What the protocol knows no code for: no room for another session (503).
Answer refuseBusy();

/// What is wrong with the query of a WebSocket, as far as it can be said without the sessions.
std::optional<Refusal> checkUpgrade(const Query& query);
/// The same of an HTTP request.
std::optional<Refusal> checkRequest(const Query& query, std::string_view method);

} // namespace lm::engineio
