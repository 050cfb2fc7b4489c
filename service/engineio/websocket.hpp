#pragma once

#include "plugins/common/websocket/connection.hpp"
#include "plugins/common/websocket/receiver.hpp"
#include "service/engineio/ports.hpp"
#include "service/engineio/reactor.hpp"
#include "service/engineio/settings.hpp"

#include <deque>
#include <string>

namespace lm::engineio {

/// A WebSocket of a session: frames in, a bounded queue of shared frames out, written once a turn of the
/// loop.
class WebSocket : public Socket, private Reactor::Client, private ws::FrameHandler {
public:
    class Owner {
    public:
        virtual ~Owner() = default;
        virtual void onText(WebSocket& socket, std::string_view text) = 0;
        virtual void onBinary(WebSocket& socket, std::string bytes) = 0;
        /// The peer has gone, or was sent away for what it did.
        virtual void onGone(WebSocket& socket, Reason reason) = 0;
        /// It has something to write; `flush` is to be called at the end of the turn.
        virtual void onUnwritten(WebSocket& socket) = 0;
        /// There is more to read than one turn takes; `read` is to be called in the next.
        virtual void onUnread(WebSocket& socket) = 0;
        /// It waits for the peer's Close: `expire` is to be called after a while.
        virtual void onClosing(WebSocket& socket) = 0;
        /// Nothing is left of it; it may be destroyed after this turn.
        virtual void onDone(WebSocket& socket) = 0;
        /// May `bytes` be kept of messages that are not complete, after `before` were?
        virtual bool mayHold(std::size_t before, std::size_t bytes) = 0;
    };

    WebSocket(Ref<GIOStream> stream, std::size_t maxMessage, std::size_t maxControlQueue, Reactor& reactor,
              Owner& owner);
    ~WebSocket() override;

    /// Reads what came with the handshake.
    void start();
    void read();
    void flush();
    /// The peer has not answered a Close in time.
    void expire() { finish(); }

    void send(SharedOutgoing packet) override;
    std::size_t queued() const override { return queuedBytes_; }
    void close(std::uint16_t code) override;
    void abort() override { finish(); }

private:
    enum class State { Open, Closing, Done };
    void ready(bool readable, bool writable) override;
    void onBinary(ws::Bytes piece, bool end) override;
    void onText(std::string_view text) override;
    void onPing(std::string_view payload) override;
    void onPong(std::string_view) override {}
    void onClose(std::uint16_t code, std::string_view reason) override;
    void queue(SharedOutgoing packet);
    bool writeSome();
    void wantWritable(bool wanted);
    void account();
    void lost(Reason reason);
    void finish();

    ws::Connection connection_;
    ws::Receiver receiver_;
    Reactor& reactor_;
    Owner& owner_;
    const std::size_t maxControlQueue_;
    State state_ = State::Open;
    bool writable_ = false;    // wanted
    bool unwritten_ = false;   // the owner knows
    bool unread_ = false;      // likewise
    bool lastWritten_ = false; // our Close has gone out
    bool peerClosed_ = false;
    std::deque<SharedOutgoing> queue_;
    std::size_t frontWritten_ = 0; // bytes of the first
    std::size_t queuedBytes_ = 0;
    std::string binary_;   // of a message that has not ended
    std::size_t held_ = 0; // as the owner knows it
};

} // namespace lm::engineio
