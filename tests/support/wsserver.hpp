#pragma once

#include "plugins/common/guarded.hpp"
#include "plugins/common/loopthread.hpp"

#include <libsoup/soup.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace lm::test {

/// What one WebSocket client sent, as libsoup understood it.
struct Received {
    std::string query;
    std::map<std::string, std::string> headers;
    std::vector<std::uint8_t> audio; // all binary messages, joined
    std::uint64_t messages = 0;
    std::vector<std::string> texts;
    std::vector<std::string> errors; // violations of the protocol
    bool closed = false;
    int closeCode = 0;
};

/// A WebSocket server of independent make (libsoup) on a free loopback port, on its own thread.
class WsServer {
public:
    WsServer();
    ~WsServer();

    std::string url(const std::string& target = "/egress-audio") const;
    /// Waits until `count` clients have come and gone; empty when they do not within the deadline.
    std::vector<Received> waitForClosed(std::size_t count);

private:
    struct Client;

    void onConnection(SoupServerMessage* message, SoupWebsocketConnection* connection);

    Ref<SoupServer> server_;
    std::vector<Ref<SoupWebsocketConnection>> connections_;
    std::uint16_t port_ = 0;
    Guarded<std::vector<Received>> received_;
    std::condition_variable changed_;
    LoopThread thread_{"ws-server"}; // last: a connection that is still open speaks until it is joined
};

} // namespace lm::test
