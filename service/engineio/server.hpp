#pragma once

#include "plugins/common/guarded.hpp"
#include "service/engineio/request.hpp"
#include "service/engineio/session.hpp"

#include <atomic>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace lm::engineio {

/// What has been since the start; read from any thread.
struct Stats {
    std::atomic<std::uint64_t> opened{0}, upgraded{0}, refused{0}, timeouts{0}, tooSlow{0}, malformed{0};
};

/// The identifiers of all sessions, readable from the thread that admits connections.
using SessionIds = Guarded<std::unordered_set<std::string>>;

/// The sessions of Engine.IO 4 and what requests and WebSockets have to do with them: no threads, no clock,
/// no sockets of its own. A session that ends is kept until `collect`, because a call out of it may be under
/// way.
class Server : private Session::Owner {
public:
    Server(Settings settings, Application& application, Clock clock, MakeId makeId);
    ~Server() override;

    /// A request that is not an upgrade. The exchange is answered now or later.
    void request(const Query& query, std::string_view method, std::string_view contentType,
                 std::string_view body, std::shared_ptr<Exchange> exchange);
    /// The client of a request has gone before its answer.
    void abandoned(const std::string& sid, const Exchange& exchange);

    /// What a WebSocket is refused with before its upgrade; nullopt when it may come. Any thread.
    std::optional<Answer> admit(const Query& query);
    /// A WebSocket that was admitted: the transport of a new session, or one that wants to become that of an
    /// old.
    void connected(Socket& socket, const Query& query);
    void text(Socket& socket, std::string_view text);
    void binary(Socket& socket, std::string bytes);
    /// The socket has ended; it is not used afterwards.
    void gone(Socket& socket, Reason reason);

    /// When `expire` has to be called.
    Time nextDeadline() const;
    void expire();
    /// Frees what has ended: to be called when no call into this is under way.
    void collect() { ended_.clear(); }

    /// Ends every session, and no new one is opened.
    void close(Reason reason);

    /// Sessions now. Any thread.
    std::size_t sessionCount() { return ids_.lock()->size(); }
    const Stats& stats() const { return stats_; }
    const Settings& settings() const { return settings_; }

private:
    Time now() const override { return clock_(); }
    void rescheduled(Session& session) override;
    void ended(Session& session, Reason reason) override;
    Session* open(Socket* socket, std::string& handshake);
    Session* find(const std::string& sid);
    void refuse(Refusal refusal, Exchange& exchange);

    struct Entry {
        std::unique_ptr<Session> session;
        Time due;
    };
    const Settings settings_;
    Application& application_;
    const Clock clock_;
    const MakeId makeId_;
    bool closed_ = false;
    std::unordered_map<std::string, Entry> sessions_;
    std::set<std::pair<Time, Session*>> due_;
    std::vector<std::unique_ptr<Session>> ended_;
    SessionIds ids_;
    Stats stats_;
};

} // namespace lm::engineio
