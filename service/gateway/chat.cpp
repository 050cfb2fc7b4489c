#include "service/gateway/chat.hpp"

#include "service/socketio/jsontext.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace lm::gateway {
namespace {

using socketio::Event;
using socketio::quote;
using socketio::Socket;

/// What NestJS makes of the arguments of an event: nothing, the one, or an array of all.
std::string payloadOf(const Event& event) {
    if (event.values.arguments.empty()) return {};
    if (event.values.arguments.size() == 1) return event.values.arguments[0];
    return socketio::joinArray(event.values.arguments);
}

/// The shape of NestJS's `WsException`.
void refuse(Socket& socket, const Event& event, const std::string& message) {
    const std::string payload = payloadOf(event);
    const std::string data =
        payload.empty() || !event.values.attachments.empty() ? "" : ",\"data\":" + payload;
    socket.emit("exception", {{R"({"status":"error","message":)" + quote(message) +
                               R"(,"cause":{"pattern":)" + quote(event.name) + data + "}}"}});
}

void acknowledge(Socket& socket, const Event& event) {
    if (event.id) socket.acknowledge(*event.id, {{R"({"status":"ok"})"}});
}

socketio::Values presence(const Socket& socket, const std::string& room) {
    return {{"{\"clientId\":" + quote(socket.id()) + ",\"room\":" + quote(room) + '}'}};
}

std::string tokenOf(std::string_view auth) {
    const auto member = socketio::memberOf(auth, "token");
    return member ? socketio::unquote(*member).value_or(std::string()) : std::string();
}

} // namespace

std::optional<socketio::Refused> Chat::admit(std::string_view auth) {
    const auto wrong = admission_(tokenOf(auth));
    if (!wrong) return std::nullopt;
    return socketio::Refused{*wrong, R"({"status":401})"};
}

void Chat::connected(Socket& socket, std::string_view auth) {
    allowances_.emplace(&socket, Allowance{limits_.burst, clock_(), tokenOf(auth)});
    ++clients_;
}

/// A token that has expired meanwhile admits nobody any longer.
void Chat::alive(Socket& socket) {
    const auto found = allowances_.find(&socket);
    if (found != allowances_.end() && admission_(found->second.token)) socket.closeConnection();
}

void Chat::disconnected(Socket& socket, std::string_view) {
    if (allowances_.erase(&socket) > 0) --clients_;
}

void Chat::event(Socket& socket, Event event) {
    if (!allow(socket, event)) return;
    if (event.name == "message") return message(socket, event);
    if (event.name == "join-room") return joinRoom(socket, event);
    if (event.name == "leave-room") return leaveRoom(socket, event);
}

bool Chat::allow(Socket& socket, const Event& event) {
    const auto found = allowances_.find(&socket);
    if (found == allowances_.end()) return false;
    Allowance& allowance = found->second;
    const engineio::Time now = clock_();
    const std::chrono::duration<double> passed = now - std::exchange(allowance.since, now);
    allowance.events = std::min(limits_.burst, allowance.events + passed.count() * limits_.eventsPerSecond);
    if (allowance.events >= 1) {
        allowance.events -= 1;
        allowance.told = allowance.told && allowance.events < limits_.burst / 2;
        return true;
    }
    ++dropped_;
    if (!std::exchange(allowance.told, true))
        refuse(socket, {event.name, {}}, "Too many events: some are dropped.");
    return false;
}

void Chat::message(Socket& socket, const Event& event) {
    const std::string payload = payloadOf(event);
    socketio::Values values{{"{\"clientId\":" + quote(socket.id()) +
                             (payload.empty() ? std::string() : ",\"message\":" + payload) + '}'},
                            event.values.attachments};
    socket.space().emit({}, "message", values);
    acknowledge(socket, event);
}

/// The room that an event names; nullopt when it names none, of which the client has heard.
std::optional<std::string> Chat::roomOf(Socket& socket, const Event& event) {
    std::optional<std::string> room;
    if (event.values.arguments.size() == 1) room = socketio::unquote(event.values.arguments[0]);
    if (room && !room->empty() && room->size() <= limits_.roomNameBytes) return room;
    refuse(socket, event,
           "The name of a room must be a text of 1 to " + std::to_string(limits_.roomNameBytes) + " bytes.");
    return std::nullopt;
}

void Chat::joinRoom(Socket& socket, const Event& event) {
    const auto room = roomOf(socket, event);
    if (!room) return;
    if (socket.rooms().size() >= limits_.roomsPerClient && !socket.rooms().contains(*room))
        return refuse(socket, event,
                      "A client can be in " + std::to_string(limits_.roomsPerClient) + " rooms at the most.");
    socket.join(*room);
    socket.space().emit({{*room}}, "user-joined", presence(socket, *room));
    acknowledge(socket, event);
}

void Chat::leaveRoom(Socket& socket, const Event& event) {
    const auto room = roomOf(socket, event);
    if (!room) return;
    socket.leave(*room);
    socket.space().emit({{*room}}, "user-left", presence(socket, *room));
    acknowledge(socket, event);
}

} // namespace lm::gateway
