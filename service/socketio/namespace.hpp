#pragma once

#include "service/socketio/socket.hpp"

#include <unordered_map>

namespace lm::socketio {

/// An event of a client as its application sees it.
struct Event {
    std::string name;
    Values values;
    std::optional<std::uint64_t> id = {}; // set: the client waits for `Socket::acknowledge` with it
};

/// Why a client is not let into a namespace; `data` is JSON, or empty.
struct Refused {
    std::string message;
    std::string data = {};
};

/// What runs in a namespace. Called on the thread of the sessions; must not block.
class Application {
public:
    virtual ~Application() = default;
    /// `auth` is the JSON object that the client sent, `{}` without one.
    virtual std::optional<Refused> admit(std::string_view auth) {
        (void)auth;
        return std::nullopt;
    }
    virtual void connected(Socket&, std::string_view auth) { (void)auth; }
    virtual void event(Socket& socket, Event event) = 0;
    /// Once in an interval of the heartbeat, if the client is still there.
    virtual void alive(Socket&) {}
    /// The socket is in no room any more, and cannot be sent to.
    virtual void disconnected(Socket&, std::string_view reason) { (void)reason; }
};

/// To whom a broadcast goes: who is in one of the rooms, or everybody when none is named, without those who
/// are in one of `except`. Everybody is in a room of the name of their own identifier.
struct Target {
    std::vector<std::string> rooms = {};
    std::vector<std::string> except = {};
};

/// Carries broadcasts to other servers.
class Relay {
public:
    virtual ~Relay() = default;
    virtual void publish(const std::string& space, const Target& target, std::string_view name,
                         const Values& values) = 0;
};

/// The sockets of a namespace and their rooms.
class Namespace {
public:
    Namespace(std::string name, Application& application)
        : name_(std::move(name)), application_(application) {}

    const std::string& name() const { return name_; }
    Application& application() { return application_; }
    std::size_t sockets() const { return sockets_.size(); }
    std::size_t rooms() const { return rooms_.size(); }
    Socket* find(const std::string& id) const;
    /// Identifiers and rooms of those that a target means.
    std::vector<Socket*> select(const Target& target);

    /// Sends to all that the target means, here and, with a relay, on other servers. The packet is made once.
    void emit(const Target& target, std::string_view name, const Values& values);
    /// The same without the relay.
    void emitHere(const Target& target, std::string_view name, const Values& values);
    void relayBy(Relay* relay) { relay_ = relay; }

    // For Socket and Client.
    void entered(Socket& socket);
    void entered(Socket& socket, const std::string& room) { rooms_[room].insert(&socket); }
    void left(Socket& socket, const std::string& room);
    void ended(Socket& socket, std::string_view reason);

private:
    void stampRoom(const std::string& room, std::vector<Socket*>* taken);

    const std::string name_;
    Application& application_;
    Relay* relay_ = nullptr;
    std::uint64_t stamp_ = 0;
    std::unordered_map<std::string, Socket*> sockets_;
    std::unordered_map<std::string, std::set<Socket*>> rooms_;
};

} // namespace lm::socketio
