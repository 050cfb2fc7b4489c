#pragma once

#include "service/engineio/endpoint.hpp"
#include "service/engineio/websocket.hpp"
#include "service/http/source.hpp"

#include <unordered_map>
#include <vector>

namespace lm::engineio {

/// The side of an Endpoint that lives on its thread: the sessions, their WebSockets, one timer.
class Endpoint::Hub : private WebSocket::Owner {
public:
    Hub(Settings settings, Application& application, EndpointOptions options);
    ~Hub() override;

    Server& server() { return server_; }
    void adopt(Ref<GIOStream> stream, const Query& query);
    /// To be called at the end of everything that was done with the server.
    void turn();

private:
    void onText(WebSocket& socket, std::string_view text) override;
    void onBinary(WebSocket& socket, std::string bytes) override;
    void onGone(WebSocket& socket, Reason reason) override;
    void onUnwritten(WebSocket& socket) override { unwritten_.push_back(&socket); }
    void onUnread(WebSocket& socket) override { unread_.push_back(&socket); }
    void onClosing(WebSocket& socket) override;
    void onDone(WebSocket& socket) override { done_.push_back(&socket); }
    bool mayHold(std::size_t before, std::size_t bytes) override;
    void forget(WebSocket& socket);
    void arm();
    void expire();

    const EndpointOptions options_;
    Server server_;
    std::size_t held_ = 0;
    std::unordered_map<WebSocket*, std::unique_ptr<WebSocket>> sockets_;
    std::vector<WebSocket*> unwritten_, unread_, done_;
    std::vector<std::pair<Time, WebSocket*>> closing_; // in the order of their deadlines
    Time armedFor_ = Time::max();
    http::Source timer_;
    http::Source again_;
    Reactor reactor_;
};

} // namespace lm::engineio
