#pragma once

#include "service/http/router.hpp"
#include "service/webhook/event.hpp"

#include <functional>
#include <string>
#include <vector>

namespace lm::webhook {

struct Options {
    std::string apiKey;    // empty: no webhook can be verified
    std::string apiSecret; // never logged, printed or answered
    bool verify = true;    // false: everybody is believed
    std::function<domain::UtcTime()> clock = std::chrono::system_clock::now;
};

/// `POST /livekit/webhook`: 204 once the listeners were told; 401 for what LiveKit has not signed, 415 for
/// another type than JSON, 400 for what is no event. LiveKit sends again after none of these. The listeners
/// must live as long as the router.
void addWebhook(http::Router& router, Options options, std::vector<Listener*> listeners);

} // namespace lm::webhook
