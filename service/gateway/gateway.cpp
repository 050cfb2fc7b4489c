#include "service/gateway/gateway.hpp"

#include "service/engineio/identifiers.hpp"
#include "service/logging/log.hpp"

#include <algorithm>
#include <utility>

namespace lm::gateway {
namespace {

constexpr std::size_t maxPending = 4096;

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

Gateway::Gateway(const config::HttpSettings& http, const config::RealtimeSettings& settings,
                 Admission admission)
    : conformance_(settings.conformance), chat_({}, now, std::move(admission)),
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

void Gateway::shareBy(const store::PostgresAddress& address) {
    if (conformance_) return;
    socketio::Namespace& space = *server_.find("/");
    cluster_ = std::make_unique<socketio::Cluster>(
        engineio::randomHex(8), space, [this](auto message) { relay_->send(std::move(message)); });
    replicas::PostgresRelay::Callbacks callbacks;
    callbacks.received = [this](const auto& message) {
        const std::size_t bytes = message.bytes();
        if (!shared_.take(bytes)) {
            if (unpublished_++ == 0)
                logging::warning("gateway",
                                 "other replicas send faster than clients can be told: some are not told");
            return;
        }
        sockets_.run([this, message, bytes] {
            shared_.give(bytes);
            cluster_->receive(message);
        });
    };
    callbacks.connected = [this] { sockets_.run([this] { cluster_->greet(); }); };
    callbacks.beat = [this] { sockets_.run([this] { cluster_->beat(); }); };
    thread_.run([&] {
        relay_ =
            std::make_unique<replicas::PostgresRelay>(address, "/", cluster_->uid(), std::move(callbacks));
        space.relayBy(cluster_.get());
    });
}

void Gateway::attach(http::Router& router) {
    sockets_.attach(router, "/socket.io/");
    if (bare_) bare_->attach(router, "/engine.io/");
}

Gateway::~Gateway() {
    thread_.run([this] {
        if (!relay_) return;
        server_.find("/")->relayBy(nullptr);
        relay_.reset();
    });
}

void Gateway::publish(const std::string& room, const char* event, std::string json) {
    if (pending_.fetch_add(1) >= maxPending) {
        --pending_;
        if (unpublished_++ == 0)
            logging::warning("gateway",
                             "events of tracks come faster than clients can be told: some are not told");
        return;
    }
    sockets_.run([this, room, event, json = std::move(json)] {
        --pending_;
        server_.find("/")->emit({{room}}, event, {{json}});
    });
}

void Gateway::close() {
    sockets_.close();
    if (bare_) bare_->close();
}

} // namespace lm::gateway
