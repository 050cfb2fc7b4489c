#include "service/gateway/gateway.hpp"

#include "service/engineio/identifiers.hpp"

#include <algorithm>

namespace lm::gateway {
namespace {

engineio::Time now() {
    return std::chrono::steady_clock::now();
}

engineio::Settings engineSettings(const config::HttpSettings& http,
                                  const config::RealtimeSettings& settings) {
    engineio::Settings engine;
    engine.pingInterval = std::chrono::milliseconds(settings.pingIntervalMs);
    engine.pingTimeout = std::chrono::milliseconds(settings.pingTimeoutMs);
    // What the front refuses must not be announced.
    engine.maxPayload =
        static_cast<std::size_t>(std::min<std::uint64_t>(settings.maxPayloadBytes, http.maxBodyBytes));
    engine.maxQueueBytes = static_cast<std::size_t>(settings.maxQueueBytes);
    engine.maxSessions = settings.maxClients;
    return engine;
}

} // namespace

Gateway::Gateway(const config::HttpSettings& http, const config::RealtimeSettings& settings)
    : conformance_(settings.conformance), chat_({}, now),
      server_({std::chrono::milliseconds(settings.connectTimeoutMs)}, now, engineio::randomId),
      sockets_(thread_, engineSettings(http, settings), server_) {
    if (!conformance_) {
        server_.add("/", chat_);
        return;
    }
    server_.add("/", echo_);
    server_.add("/custom", echo_);
    bare_ = std::make_unique<engineio::Endpoint>(thread_, engineSettings(http, settings), engineEcho_);
}

void Gateway::attach(http::Router& router) {
    sockets_.attach(router, "/socket.io/");
    if (bare_) bare_->attach(router, "/engine.io/");
}

void Gateway::close() {
    sockets_.close();
    if (bare_) bare_->close();
}

} // namespace lm::gateway
