#pragma once

#include "service/engineio/ports.hpp"
#include "service/socketio/decoder.hpp"
#include "service/socketio/namespace.hpp"

#include <unordered_map>

namespace lm::socketio {

class Server;

/// One connection: a session of Engine.IO and the sockets that its client has in namespaces.
class Client : public engineio::Conversation, private Wire {
public:
    Client(engineio::Session& session, Server& server);
    ~Client() override;

    void onText(std::string_view text) override;
    void onBinary(std::string bytes) override;
    void alive() override;
    void onClose(engineio::Reason reason) override;
    /// It is in no namespace, and its time to enter one is over, or its place is needed.
    void expire();

private:
    void send(const Encoded& packet) override;
    void released(const std::string& space) override { sockets_.erase(space); }
    void close() override;
    void holding(Decoder::Status status);
    void decoded(Decoder::Status status);
    void receive(Packet packet, Values values);
    void connect(const Packet& packet);
    void event(Socket& socket, Packet packet, Values values);
    void malformed();

    engineio::Session& session_;
    Server& server_;
    Decoder decoder_;
    unsigned refusals_ = 0;
    std::size_t held_ = 0;                                             // as the server knows it
    std::unordered_map<std::string, std::shared_ptr<Socket>> sockets_; // by namespace
};

} // namespace lm::socketio
