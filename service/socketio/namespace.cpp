#include "service/socketio/namespace.hpp"

#include <utility>

namespace lm::socketio {

Socket* Namespace::find(const std::string& id) const {
    const auto found = sockets_.find(id);
    return found == sockets_.end() ? nullptr : found->second;
}

/// Marks who is in a room; who was not marked before goes to `taken`.
void Namespace::stampRoom(const std::string& room, std::vector<Socket*>* taken) {
    const auto mark = [&](Socket* socket) {
        if (std::exchange(socket->stamp, stamp_) != stamp_ && taken) taken->push_back(socket);
    };
    if (Socket* alone = find(room)) mark(alone);
    const auto found = rooms_.find(room);
    if (found == rooms_.end()) return;
    for (Socket* socket : found->second)
        mark(socket);
}

std::vector<Socket*> Namespace::select(const Target& target) {
    ++stamp_;
    std::vector<Socket*> taken;
    for (const std::string& room : target.except)
        stampRoom(room, nullptr);
    for (const std::string& room : target.rooms)
        stampRoom(room, &taken);
    if (!target.rooms.empty()) return taken;
    for (const auto& [id, socket] : sockets_)
        if (socket->stamp != stamp_) taken.push_back(socket);
    return taken;
}

void Namespace::emit(const Target& target, std::string_view name, const Values& values) {
    emitHere(target, name, values);
    if (relay_) relay_->publish(name_, target, name, values);
}

void Namespace::emitHere(const Target& target, std::string_view name, const Values& values) {
    const std::vector<Socket*> taken = select(target);
    if (taken.empty()) return;
    const Encoded packet = encodeEvent(name_, name, values);
    for (Socket* socket : taken) // one that ends by it is kept by its session for the rest of the turn
        socket->send(packet);
}

void Namespace::entered(Socket& socket) {
    sockets_.emplace(socket.id(), &socket);
}

void Namespace::left(Socket& socket, const std::string& room) {
    const auto found = rooms_.find(room);
    if (found == rooms_.end()) return;
    found->second.erase(&socket);
    if (found->second.empty()) rooms_.erase(found);
}

void Namespace::ended(Socket& socket, std::string_view reason) {
    sockets_.erase(socket.id());
    application_.disconnected(socket, reason);
}

} // namespace lm::socketio
