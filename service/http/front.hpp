#pragma once

#include "plugins/common/result.hpp"
#include "service/config/settings.hpp"
#include "service/http/certificate.hpp"
#include "service/http/client.hpp"
#include "service/http/connection.hpp"
#include "service/http/cors.hpp"
#include "service/http/handshakes.hpp"
#include "service/http/listener.hpp"
#include "service/http/router.hpp"
#include "service/security/ratelimit.hpp"
#include "service/security/refusals.hpp"

#include <memory>
#include <string>
#include <unordered_map>

namespace lm::http {

struct FrontOptions {
    ListenerOptions listener = {};
    std::chrono::milliseconds linger{2'000};
    unsigned handshakes = 128;                          // TLS handshakes at once, a thread each
    security::Refusals* refusals = nullptr;             // must outlive the front; its own otherwise
    std::chrono::milliseconds handshakePatience{1'000}; // with a slow one, while another address waits
    /// Told of every answer, upgrades (101) included: the route's path as it was added, empty for none.
    std::function<void(const std::string& endpoint, unsigned status)> answered = {};
};

/// The HTTP server: libsoup parses and writes HTTP/1.1, everything libsoup 3.2 leaves open is closed here.
///   - one request per connection (`Connection: close`): libsoup leaks the descriptor of a kept-alive
///     connection that its client closes, and pipelining has nothing to be smuggled into;
///   - accepting is ours, see Listener; connections are capped; a deadline for the header and for the whole
///   request;
///   - bodies beyond the limits, of one and of all together, are refused as soon as that is known, not when
///   they
///     have arrived; nobody sends one to where none is read;
///   - the head of a request is read and checked before libsoup sees it (see HeadReader): what is too large
///   or says two things about the length of a body is refused;
///   - connections of one address are capped, and so is how fast it opens WebSockets;
///   - TLS is begun here: until its handshake is over a connection has the deadline of a header, and keeps no
///     thread busy before its hello has arrived;
///   - `Range` is for handlers alone (see select): overlapping ranges would amplify an answer;
///   - a body that is read while it is sent (BodySource) has the deadline of a request for each of its
///   pieces.
/// Lives on the thread-default context of its creator; handlers run there and must not block.
class Front : private Connection::Owner {
public:
    static Result<std::unique_ptr<Front>> open(const config::HttpSettings& settings, Router router,
                                               FrontOptions options = {});
    ~Front() override;

    /// `http://HOST:PORT`, or https, with the port that is really bound.
    std::string url() const;
    std::uint16_t port() const { return listener_->port(); }
    /// Reads certificate and key again, for new connections. What is wrong with them is logged and leaves the
    /// certificate as it was.
    void reloadCertificate();
    /// HTTP connections now; upgraded ones are no longer among them.
    std::size_t connections() const { return connections_.size(); }

    struct Stats {
        std::uint64_t accepted = 0, upgraded = 0, headerTimeouts = 0, requestTimeouts = 0, bodiesTooLarge = 0,
                      failedHandshakes = 0;
    };
    const Stats& stats() const { return stats_; }
    std::uint64_t refused() const { return listener_->refused(); }

private:
    Front(const config::HttpSettings& settings, Router router, FrontOptions options,
          std::unique_ptr<Listener> listener, std::unique_ptr<Certificate> certificate);
    const char* obstacle() const;
    bool addressIsFull(GSocketAddress* peer);
    void accept(Ref<GSocketConnection> stream, const Ref<GSocketAddress>& peer);
    void secure(Ref<GSocketConnection> stream, const Ref<GSocketAddress>& peer);
    void serve(Ref<GIOStream> stream, const Ref<GSocketAddress>& peer);
    void expired(Connection& connection, Connection::Phase phase) override;
    void ended(Connection& connection) override;

    void headerArrived(SoupServerMessage* message);
    void bodyArrived(SoupServerMessage* message, std::uint64_t bytes);
    void refuse(Connection& connection, Response response);
    void refused(const std::string& code, GSocketAddress* peer);
    void answer(SoupServerMessage* message, const char* path);
    void answerSocket(SoupServerMessage* message, const Request& request, const SocketHandler& handler);
    void decide(SoupServerMessage* message, const Request& request, Admission admission);
    void upgrade(SoupServerMessage* message, const Request& request,
                 std::function<void(Ref<GIOStream>)> accepted);
    void count(const Request& request, unsigned status) const;
    void respond(SoupServerMessage* message, const Request& request, Response response);
    struct Waiting;
    std::uint64_t pause(SoupServerMessage* message, Request request);
    void wait(SoupServerMessage* message, Request request, Response pending);
    void wait(SoupServerMessage* message, Request request, const Admission& pending);
    void settle(std::uint64_t number, const std::function<void(const Waiting&)>& answer);
    void abandoned(std::uint64_t number, const std::function<void()>& told);
    void endWaiting();
    struct Sending;
    void send(SoupServerMessage* message, const Request& request, std::shared_ptr<BodySource> source);
    void readPiece(Sending& sending);
    void pieceArrived(std::uint64_t number, BodySource::Piece piece);
    static void abandon(Sending& sending);
    void dropLater(std::uint64_t number);
    void endSending();

    config::HttpSettings settings_;
    Deadlines deadlines_;
    Router router_;
    Cors cors_;
    std::function<void(const std::string&, unsigned)> answered_;
    Proxies proxies_;
    security::RateLimit newSockets_;
    security::Refusals ownRefusals_;
    security::Refusals& refusals_;
    Stats stats_;
    std::uint64_t bodies_ = 0;                                  // bytes of all bodies that are held now
    std::unordered_map<std::string, std::uint32_t> perAddress_; // connections now
    /// A request whose answer is not known yet. Its message is paused.
    struct Waiting {
        Waiting(SoupServerMessage* paused, Request asked);
        ~Waiting();
        Waiting(const Waiting&) = delete;
        Waiting& operator=(const Waiting&) = delete;
        const Ref<SoupServerMessage> message;
        const Request request;
        bool gone = false; // the connection has ended

    private:
        const gulong finished_;
    };
    /// An answer whose body is being read while it is sent.
    struct Sending {
        Sending(Front& front, std::uint64_t place, SoupServerMessage* answered,
                std::shared_ptr<BodySource> body);
        ~Sending();
        Sending(const Sending&) = delete;
        Sending& operator=(const Sending&) = delete;
        Front& owner;
        const std::uint64_t number;
        const Ref<SoupServerMessage> message;
        const std::shared_ptr<BodySource> source;
        const bool endsItself; // with an empty piece: nobody knows its size
        std::uint64_t left;    // bytes that have not been read yet
        bool gone = false;     // it has ended, well or not

    private:
        const gulong wrote_, finished_;
    };
    std::uint64_t waits_ = 0; // of both kinds so far: the number of the next
    std::unordered_map<std::uint64_t, std::unique_ptr<Waiting>> waiting_;
    std::unordered_map<std::uint64_t, std::unique_ptr<Sending>> sending_;
    std::shared_ptr<Front*> self_ = std::make_shared<Front*>(this); // for answers that outlive the front
    Ref<SoupServer> server_;
    std::unordered_map<Connection*, std::unique_ptr<Connection>> connections_;
    std::unique_ptr<Certificate> certificate_; // null: no TLS
    std::unique_ptr<Handshakes> handshakes_;
    std::unique_ptr<Listener> listener_;
};

} // namespace lm::http
