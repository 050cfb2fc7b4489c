#pragma once

#include "service/engineio/packet.hpp"
#include "service/engineio/ports.hpp"
#include "service/engineio/settings.hpp"

#include <deque>
#include <memory>

namespace lm::engineio {

/// One session of Engine.IO 4: heartbeat, its transport (polling, or a WebSocket, or on the way from the one
/// to the other), and what waits to be sent. A plain state machine: it learns the time from the clock of its
/// owner and is told by `expire` when `deadline` has come.
class Session {
public:
    /// Who keeps sessions.
    class Owner {
    public:
        virtual ~Owner() = default;
        virtual Time now() const = 0;
        /// The deadline has moved.
        virtual void rescheduled(Session& session) = 0;
        /// It has ended; it must outlive the call that ended it.
        virtual void ended(Session& session, Reason reason) = 0;
    };

    Session(std::string id, const Settings& settings, Owner& owner);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    const std::string& id() const { return id_; }
    bool isOpen() const { return state_ == State::Open; }
    bool isPolling() const { return !socket_; }
    bool isUpgrading() const { return probe_ != nullptr; }
    Time deadline() const;

    /// The handshake over a WebSocket, or `nullptr` for polling: its text is then the answer to the first
    /// poll.
    std::string open(Socket* socket);
    void converse(std::unique_ptr<Conversation> conversation);

    // What the application does.
    /// Dropped once the session has ended. Too much of it ends the session.
    void send(SharedOutgoing packet);
    /// Ends the session in order; the conversation hears of it before this returns.
    void close(Reason reason);
    /// Ends it without waiting for a poll that would hear of it.
    void drop(Reason reason) { end(reason); }

    // What comes from below.
    void poll(std::shared_ptr<Exchange> exchange);
    void push(std::string_view body, Exchange& exchange);
    /// The client has gone before the answer to its poll.
    void abandoned(const Exchange& exchange);
    /// Another WebSocket for this session.
    void probed(Socket& socket);
    void text(Socket& socket, std::string_view text);
    void binary(Socket& socket, std::string bytes);
    void gone(Socket& socket, Reason reason);
    void expire();

private:
    enum class State { Open, Draining, Ended };
    void receive(Packet packet);
    void answerProbe(std::string_view text);
    void upgrade();
    void dropProbe();
    void answerPoll(std::string body);
    void flush();
    void ping();
    void end(Reason reason);
    void finish(Reason reason);
    void leaveTransport();

    const std::string id_;
    const Settings& settings_;
    Owner& owner_;
    State state_ = State::Open;
    std::unique_ptr<Conversation> conversation_;

    std::shared_ptr<Exchange> poll_; // that waits
    Socket* socket_ = nullptr;       // the transport, when it is not polling
    Socket* probe_ = nullptr;        // that may become it
    bool probeAnswered_ = false;
    std::deque<SharedOutgoing> queue_; // of polling
    std::size_t queuedBytes_ = 0;

    Time heartbeat_; // of the next ping, or the last moment for a pong
    bool awaitingPong_ = false;
    Time upgradeBy_ = Time::max();
    Time drainBy_ = Time::max();
};

} // namespace lm::engineio
