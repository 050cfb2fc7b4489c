#pragma once

#include "service/engineio/settings.hpp"
#include "service/socketio/namespace.hpp"

#include <atomic>
#include <functional>
#include <unordered_map>

namespace lm::gateway {

struct ChatLimits {
    std::size_t roomsPerClient = 100;
    std::size_t roomNameBytes = 256;
    double eventsPerSecond = 50; // of a client, in the long run
    double burst = 200;          // at once
};

/// What is wrong with a client's token, which is empty when it has none; nullopt when it may come in, and
/// stay: it is asked again with every heartbeat. Thread of the sessions.
using Admission = std::function<std::optional<std::string>(std::string_view token)>;

/// The events of people: `message`, `join-room`, `leave-room` (service/gateway/README.md). Standard library
/// only.
class Chat : public socketio::Application {
public:
    Chat(ChatLimits limits, engineio::Clock clock, Admission admission)
        : limits_(limits), clock_(std::move(clock)), admission_(std::move(admission)) {}

    std::optional<socketio::Refused> admit(std::string_view auth) override;
    void connected(socketio::Socket& socket, std::string_view auth) override;
    void event(socketio::Socket& socket, socketio::Event event) override;
    void alive(socketio::Socket& socket) override;
    void disconnected(socketio::Socket& socket, std::string_view reason) override;

    /// Events that were too many. Any thread.
    std::uint64_t dropped() const { return dropped_; }
    std::size_t clients() const { return clients_; }

private:
    struct Allowance {
        double events;
        engineio::Time since;
        std::string token;
        bool told = false; // that there were too many
    };
    bool allow(socketio::Socket& socket, const socketio::Event& event);
    void message(socketio::Socket& socket, const socketio::Event& event);
    void joinRoom(socketio::Socket& socket, const socketio::Event& event);
    void leaveRoom(socketio::Socket& socket, const socketio::Event& event);
    std::optional<std::string> roomOf(socketio::Socket& socket, const socketio::Event& event);

    const ChatLimits limits_;
    const engineio::Clock clock_;
    const Admission admission_;
    std::unordered_map<socketio::Socket*, Allowance> allowances_;
    std::atomic<std::uint64_t> dropped_{0};
    std::atomic<std::size_t> clients_{0};
};

} // namespace lm::gateway
