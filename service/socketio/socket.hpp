#pragma once

#include "service/socketio/packet.hpp"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace lm::socketio {

class Namespace;

/// How a socket reaches its client.
class Wire {
public:
    virtual ~Wire() = default;
    virtual void send(const Encoded& packet) = 0;
    /// The server has put the socket out of its namespace.
    virtual void released(const std::string& space) = 0;
    /// Ends the connection with all its sockets.
    virtual void close() = 0;
};

/// A client in a namespace. Thread of the sessions only.
class Socket : public std::enable_shared_from_this<Socket> {
public:
    /// The values of an acknowledgement; nullptr when the socket has ended before it.
    using Acknowledged = std::function<void(const Values*)>;

    Socket(std::string id, Namespace& space, Wire& wire);
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    /// Public, other than the identifier of the session.
    const std::string& id() const { return id_; }
    Namespace& space() const { return space_; }
    bool isConnected() const { return wire_ != nullptr; }
    const std::set<std::string>& rooms() const { return rooms_; }

    /// Dropped when the client has gone.
    void emit(std::string_view name, const Values& values);
    /// The same, for an answer. No more than `maxRequests` may be open: the oldest then counts as not
    /// answered.
    void request(std::string_view name, const Values& values, Acknowledged acknowledged);
    void acknowledge(std::uint64_t id, const Values& values);
    void join(const std::string& room);
    void leave(const std::string& room);
    /// Puts the client out of the namespace; it will not come back by itself.
    void disconnect();
    /// Ends the client's connection; it will come back.
    void closeConnection();

    // For Namespace and Client.
    void send(const Encoded& packet);
    void acknowledged(std::uint64_t id, const Values& values);
    /// Leaves the namespace, whose application is told.
    void end(std::string_view reason);
    std::uint64_t stamp = 0; // of the last broadcast that counted it

    static constexpr std::size_t maxRequests = 64;

private:
    const std::string id_;
    Namespace& space_;
    Wire* wire_; // nullptr once it has ended
    std::set<std::string> rooms_;
    std::map<std::uint64_t, Acknowledged> requests_;
    std::uint64_t nextRequest_ = 0;
};

} // namespace lm::socketio
