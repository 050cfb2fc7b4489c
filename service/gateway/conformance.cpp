#include "service/gateway/conformance.hpp"

#include "service/engineio/session.hpp"

namespace lm::gateway {
namespace {

class Echo : public engineio::Conversation {
public:
    explicit Echo(engineio::Session& session) : session_(session) {}
    void onText(std::string_view text) override { session_.send(engineio::Outgoing::text(text)); }
    void onBinary(std::string bytes) override { session_.send(engineio::Outgoing::binary(bytes)); }
    void onClose(engineio::Reason) override {}

private:
    engineio::Session& session_;
};

} // namespace

std::unique_ptr<engineio::Conversation> EngineEcho::opened(engineio::Session& session) {
    return std::make_unique<Echo>(session);
}

void SocketEcho::connected(socketio::Socket& socket, std::string_view auth) {
    socket.emit("auth", {{std::string(auth)}});
}

void SocketEcho::event(socketio::Socket& socket, socketio::Event event) {
    if (event.name == "message") socket.emit("message-back", event.values);
    if (event.name == "message-with-ack" && event.id) socket.acknowledge(*event.id, event.values);
}

} // namespace lm::gateway
