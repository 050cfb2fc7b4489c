#pragma once

#include "service/http/router.hpp"
#include "service/livekit/claims.hpp"
#include "service/security/ratelimit.hpp"

#include <chrono>
#include <functional>
#include <string>

namespace lm::meet {

/// What a browser needs to join: where LiveKit is, and who may speak for it.
struct ConnectionOptions {
    std::string livekitUrl;                                     // as clients reach it; empty: not configured
    std::string apiKey;                                         // empty: not configured
    std::function<std::string(const std::string& claims)> sign; // to a JWT; not called without a key
    std::chrono::seconds life{600}; // of a token; it has to last for the join alone
    bool tls = false;               // we serve https ourselves
    std::function<std::chrono::system_clock::time_point()> now = [] {
        return std::chrono::system_clock::now();
    };
    std::function<std::string()> postfix = {}; // four of a-z0-9; random when not set
    std::string cookieKey;                     // a secret: whoever knows it can be any participant
    double perSecond = 0; // answers to one address, ten times as many at once; 0: no limit
    std::function<security::RateLimit::Clock::time_point()> ticks = security::RateLimit::Clock::now;
};

/// `GET /api/connection-details?roomName=&participantName=[&metadata=][&region=]`:
/// `{"serverUrl","roomName","participantToken","participantName"}`. The identity is the participant's name
/// with a postfix, which a sealed cookie keeps for two hours: so a page that is loaded again is the same
/// participant, two people of one name are two, and nobody takes the place of one whose identity he sees. 429
/// for an address that asks too often.
void addConnection(http::Router& router, ConnectionOptions options);

} // namespace lm::meet
