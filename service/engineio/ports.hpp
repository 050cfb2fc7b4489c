#pragma once

/// What the core of Engine.IO meets: the application above, the connections below. Standard library only;
/// all of it on one thread.

#include "service/engineio/outgoing.hpp"
#include "service/engineio/settings.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace lm::engineio {

class Session;

/// Why a session ended.
enum class Reason {
    TransportClose,
    TransportError,
    PingTimeout,
    ParseError,
    ForcedClose,
    ServerShuttingDown,
    TooSlow, // it did not read what was sent to it
};
/// The words of the reference implementation.
const char* describe(Reason reason);

/// What the application keeps about a session, which owns it.
class Conversation {
public:
    virtual ~Conversation() = default;
    virtual void onText(std::string_view text) = 0;
    virtual void onBinary(std::string bytes) = 0;
    /// The client has answered a ping: once in an interval of the heartbeat.
    virtual void alive() {}
    /// Once, and nothing follows; the session cannot be sent to any more.
    virtual void onClose(Reason reason) = 0;
};

class Application {
public:
    virtual ~Application() = default;
    /// A session has been opened; it lives until its conversation has heard `onClose`.
    virtual std::unique_ptr<Conversation> opened(Session& session) = 0;
    /// When `expire` is to be called.
    virtual Time nextDeadline() const { return Time::max(); }
    virtual void expire() {}
    /// The last place is taken: an old session that is of no use may be dropped for those to come.
    virtual void makeRoom() {}
};

struct Answer {
    unsigned status = 200;
    std::string type = {}; // of the body
    std::string body = {};
};

/// An HTTP request that waits for its answer.
class Exchange {
public:
    virtual ~Exchange() = default;
    /// Once.
    virtual void answer(Answer answer) = 0;
};

/// A WebSocket. Neither call may end in one to the core.
class Socket {
public:
    virtual ~Socket() = default;
    virtual void send(SharedOutgoing packet) = 0;
    /// Bytes that were sent and have not gone out.
    virtual std::size_t queued() const = 0;
    /// Ends it in order, once what was sent is out; nothing it receives is reported any more.
    virtual void close(std::uint16_t code) = 0;
    /// Ends it at once.
    virtual void abort() = 0;

    /// Kept by the core: whose it is, nullptr for nobody's.
    Session* session = nullptr;
};

} // namespace lm::engineio
