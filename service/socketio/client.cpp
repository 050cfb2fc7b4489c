#include "service/socketio/client.hpp"

#include "service/engineio/session.hpp"
#include "service/socketio/jsontext.hpp"
#include "service/socketio/server.hpp"

#include <utility>

namespace lm::socketio {
namespace {

constexpr unsigned maxRefusals = 16; // namespaces that a client asks for in vain

} // namespace

Client::Client(engineio::Session& session, Server& server) : session_(session), server_(server) {}

Client::~Client() {
    server_.forget(*this);
    server_.mayHold(held_, 0);
}

void Client::onText(std::string_view text) {
    // Who is in no namespace has one thing to say, and nobody has let him in: the rest is not even read.
    if (sockets_.empty() && !text.starts_with(static_cast<char>(Type::Connect))) return malformed();
    holding(decoder_.text(text));
}

void Client::onBinary(std::string bytes) {
    holding(decoder_.binary(bytes));
}

void Client::holding(Decoder::Status status) {
    const std::size_t before = std::exchange(held_, decoder_.held());
    decoded(server_.mayHold(before, held_) ? status : Decoder::Status::Broken);
}

void Client::decoded(Decoder::Status status) {
    if (status == Decoder::Status::Waiting) return;
    if (status == Decoder::Status::Broken) return malformed();
    Decoder::Received received = decoder_.take();
    Values values{std::move(received.packet.elements), std::move(received.attachments)};
    receive(std::move(received.packet), std::move(values));
}

void Client::malformed() {
    // A stranger's session must not keep its place until a poll hears of the end.
    if (sockets_.empty()) return session_.drop(engineio::Reason::ParseError);
    session_.close(engineio::Reason::ParseError);
}

void Client::receive(Packet packet, Values values) {
    if (packet.type == Type::Connect) return connect(packet);
    const auto found = sockets_.find(packet.space);
    if (found == sockets_.end()) return malformed();
    const std::shared_ptr<Socket> socket = found->second; // it may end meanwhile
    switch (packet.type) {
    case Type::Event:
    case Type::BinaryEvent:
        return event(*socket, std::move(packet), std::move(values));
    case Type::Ack:
    case Type::BinaryAck:
        return socket->acknowledged(*packet.id, values);
    case Type::Disconnect:
        sockets_.erase(found);
        return socket->end("client namespace disconnect");
    case Type::Connect:
    case Type::ConnectError:
        return malformed(); // the server's to say
    }
}

void Client::event(Socket& socket, Packet packet, Values values) {
    const std::string name = unquote(values.arguments[0]).value_or(values.arguments[0]);
    values.arguments.erase(values.arguments.begin());
    socket.space().application().event(socket, {name, std::move(values), packet.id});
}

void Client::connect(const Packet& packet) {
    if (sockets_.contains(packet.space)) return malformed();
    const std::string auth = packet.payload.empty() ? "{}" : packet.payload;
    Namespace* space = server_.find(packet.space);
    std::optional<Refused> refused = Refused{"Invalid namespace"};
    if (space) refused = space->application().admit(auth);
    if (refused) {
        // Each is an answer that waits to be fetched.
        if (++refusals_ > maxRefusals) return malformed();
        const std::string data = refused->data.empty() ? std::string() : ",\"data\":" + refused->data;
        return send(encodePlain(Type::ConnectError, packet.space,
                                "{\"message\":" + quote(refused->message) + data + '}'));
    }
    Wire& wire = *this;
    const auto socket = std::make_shared<Socket>(server_.makeId(), *space, wire);
    sockets_.emplace(packet.space, socket);
    server_.forget(*this); // it has entered in time
    space->entered(*socket);
    send(encodePlain(Type::Connect, packet.space, "{\"sid\":" + quote(socket->id()) + '}'));
    if (socket->isConnected()) space->application().connected(*socket, auth);
}

void Client::send(const Encoded& packet) {
    for (const engineio::SharedOutgoing& part : packet)
        session_.send(part);
}

void Client::alive() {
    const auto sockets = sockets_; // each of them may end meanwhile, and the others with it
    for (const auto& [space, socket] : sockets)
        if (socket->isConnected()) socket->space().application().alive(*socket);
}

void Client::close() {
    session_.close(engineio::Reason::ForcedClose);
}

void Client::expire() {
    session_.drop(engineio::Reason::TransportClose);
}

void Client::onClose(engineio::Reason reason) {
    server_.forget(*this);
    decoder_ = {};
    server_.mayHold(std::exchange(held_, 0), 0);
    for (const auto& [space, socket] : std::exchange(sockets_, {}))
        socket->end(engineio::describe(reason));
}

} // namespace lm::socketio
