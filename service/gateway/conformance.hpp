#pragma once

#include "service/engineio/ports.hpp"
#include "service/socketio/namespace.hpp"

namespace lm::gateway {

/// Sends every message back: what the protocol suite of Engine.IO expects.
class EngineEcho : public engineio::Application {
public:
    std::unique_ptr<engineio::Conversation> opened(engineio::Session& session) override;
};

/// What the protocol suite of Socket.IO expects: `auth` with what the client sent when it connected,
/// `message` back as `message-back`, `message-with-ack` acknowledged with its arguments.
class SocketEcho : public socketio::Application {
public:
    void connected(socketio::Socket& socket, std::string_view auth) override;
    void event(socketio::Socket& socket, socketio::Event event) override;
};

} // namespace lm::gateway
