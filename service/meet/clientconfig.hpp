#pragma once

#include "service/http/router.hpp"

#include <cstdint>
#include <string>

namespace lm::meet {

/// What the browser client is told at run time, so that its files can be the same everywhere.
struct ClientConfig {
    std::string connectionDetails = "/api/connection-details";
    bool recording = false; // whether recordings can be made at all
    bool testPanels = true;
    bool analysis = false;     // whether audio is sent for analysis
    std::uint16_t apiPort = 0; // of the API and the sockets, on the same host
};

/// `GET /api/config`.
void addClientConfig(http::Router& router, const ClientConfig& config);

} // namespace lm::meet
