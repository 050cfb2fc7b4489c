#include "service/socketio/socket.hpp"

#include "service/socketio/namespace.hpp"

#include <utility>

namespace lm::socketio {

Socket::Socket(std::string id, Namespace& space, Wire& wire)
    : id_(std::move(id)), space_(space), wire_(&wire) {}

void Socket::emit(std::string_view name, const Values& values) {
    if (wire_) wire_->send(encodeEvent(space_.name(), name, values));
}

void Socket::request(std::string_view name, const Values& values, Acknowledged acknowledged) {
    if (!wire_) return acknowledged(nullptr);
    if (requests_.size() == maxRequests) requests_.extract(requests_.begin()).mapped()(nullptr);
    requests_.emplace(nextRequest_, std::move(acknowledged));
    wire_->send(encodeEvent(space_.name(), name, values, nextRequest_++));
}

void Socket::acknowledge(std::uint64_t id, const Values& values) {
    if (wire_) wire_->send(encodeAck(space_.name(), id, values));
}

void Socket::acknowledged(std::uint64_t id, const Values& values) {
    const auto node = requests_.extract(id);
    if (!node.empty()) node.mapped()(&values);
}

void Socket::send(const Encoded& packet) {
    if (wire_) wire_->send(packet);
}

void Socket::join(const std::string& room) {
    if (wire_ && rooms_.insert(room).second) space_.entered(*this, room);
}

void Socket::leave(const std::string& room) {
    if (rooms_.erase(room) > 0) space_.left(*this, room);
}

void Socket::disconnect() {
    if (!wire_) return;
    const auto self = shared_from_this();
    Wire& wire = *wire_;
    wire.send(encodePlain(Type::Disconnect, space_.name()));
    end("server namespace disconnect");
    wire.released(space_.name());
}

void Socket::closeConnection() {
    if (wire_) wire_->close();
}

void Socket::end(std::string_view reason) {
    if (!std::exchange(wire_, nullptr)) return;
    const auto self = shared_from_this();
    for (const std::string& room : std::exchange(rooms_, {}))
        space_.left(*this, room);
    for (auto& [id, waiting] : std::exchange(requests_, {}))
        waiting(nullptr);
    space_.ended(*this, reason);
}

} // namespace lm::socketio
