#pragma once

#include "plugins/common/handles.hpp"
#include "plugins/common/websocket/clientwire.hpp"

#include <gio/gio.h>

#include <chrono>
#include <memory>

namespace lm::ws {

/// Where a client connects to.
struct Target {
    std::string host; // without brackets
    std::uint16_t port = 80;
    std::string authority; // as the Host header has it
    std::string resource;  // path and query, encoded
    bool tls = false;
};

/// Reads a ws:// or wss:// URL. The error never repeats the URL: its query may hold a token.
Result<Target> parseTarget(const std::string& url);

/// A WebSocket to a server for a thread that may wait: every call ends at `timeout` without progress, and as
/// soon as `cancellable` is cancelled. Sends whole messages; of what the server says only pings and the end
/// are heeded, whenever something is sent.
class Client {
public:
    struct Settings {
        Target target;
        std::chrono::seconds timeout{10};
        GCancellable* cancellable = nullptr; // must outlive the client; may be null
    };
    /// Connects and upgrades. The error says what the server answered instead.
    static Result<std::unique_ptr<Client>> open(const Settings& settings);

    /// Sends a binary message; returns when the kernel has it all. The error says who ended the connection.
    std::optional<Error> send(Bytes message);
    /// Says goodbye and waits until the server has answered it: what was sent has then been read. Nothing may
    /// be called afterwards.
    std::optional<Error> close();
    /// Pings that were answered.
    std::uint64_t pongs() const { return ponged_; }
    /// Without close(): says that it goes (1001) if that can be done without waiting.
    ~Client();

private:
    Client(Ref<GSocketConnection> connection, GCancellable* cancellable);
    std::optional<Error> upgrade(const Target& target);
    std::optional<Error> write(Opcode opcode, Bytes payload);
    /// Takes what has come without waiting.
    std::optional<Error> heed();
    std::optional<Error> take(Bytes received);

    Ref<GSocketConnection> connection_;
    GCancellable* cancellable_;
    ServerFrames frames_;
    std::vector<std::uint8_t> out_;
    std::vector<std::string> pongs_; // to be sent
    std::uint64_t ponged_ = 0;
    bool midFrame_ = false; // a part of a frame is out: nothing else may follow
    bool goodbye_ = false;  // said
    bool serverClosed_ = false;
};

} // namespace lm::ws
