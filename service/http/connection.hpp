#pragma once

#include "plugins/common/handles.hpp"
#include "service/http/headreader.hpp"
#include "service/http/hello.hpp"
#include "service/http/response.hpp"
#include "service/http/source.hpp"

#include <libsoup/soup.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

namespace lm::http {

struct Deadlines {
    std::chrono::milliseconds header{10'000};  // from accept to the end of the header
    std::chrono::milliseconds request{30'000}; // from accept to the end of the answer
    std::chrono::milliseconds linger{2'000};   // how long the rest of a refused request is read
};

/// What the front keeps about one accepted connection while libsoup serves it: its deadline and its end.
/// libsoup owns the stream; this only watches it, and is found again from a message by the address given to
/// libsoup.
class Connection {
public:
    enum class Phase { Header, Request, Lingering };
    /// Both calls may destroy the connection.
    class Owner {
    public:
        virtual ~Owner() = default;
        virtual void expired(Connection& connection, Phase phase) = 0;
        /// The stream is gone. Called on the thread that made the connection.
        virtual void ended(Connection& connection) = 0;
    };

    Connection(GSocketConnection* stream, Ref<GSocketAddress> peer, Deadlines deadlines, Owner& owner);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// The connection a message arrived on; nullptr once it has ended or was released.
    static Connection* of(SoupServerMessage* message);
    static Connection* at(GSocketAddress* peer);

    /// For TLS: keeps the stream until the client has said hello, then hands it over, or a null handle when
    /// what came is not TLS; the connection then ends with its last handle.
    void awaitHello(Ref<GSocketConnection> stream, std::function<void(Ref<GSocketConnection>)> greeted);
    /// Keeps the stream until the head of the request is there, then hands it over with what was read from it
    /// and what is wrong with that (see HeadReader). `seen` does not run when the peer has gone.
    void awaitHead(Ref<GIOStream> stream,
                   std::function<void(Ref<GIOStream>, std::string, std::optional<Response>)> seen);
    /// To be called before libsoup closes a TLS connection: its farewell would wait for a peer that does not
    /// read, and everybody with it.
    void beforeClose();

    void headerArrived(SoupServerMessage* message);
    /// The message whose header has arrived and whose answer has not begun; nullptr otherwise. Borrowed.
    SoupServerMessage* unanswered() const { return unanswered_; }
    void answering();

    /// The answer may take this long from now on.
    void allow(std::chrono::milliseconds time);
    /// Calls `gone` once when the peer goes before it is answered. A peer that sends more is not watched any
    /// longer: what it sends would have to be read.
    void watchPeer(std::function<void()> gone);

    /// Writes the answer at once and closes once the peer has seen it: a request that is still being sent is
    /// read and dropped for a while, or a reset would overtake the answer.
    void refuse(Ref<GIOStream> stream, const Response& response);
    /// The same for a connection that libsoup has: takes it back.
    void refuse(const Response& response);
    /// Ends the connection the way a vanished peer would: libsoup cleans up by itself.
    void cut();
    /// Adds to what a body takes; returns the sum.
    std::uint64_t addBody(std::uint64_t bytes) { return bodyBytes_ += bytes; }
    /// What `addBody` has summed up; the sum begins anew.
    std::uint64_t takeBody() { return std::exchange(bodyBytes_, 0); }
    GSocketAddress* peer() const { return peer_.get(); }

private:
    void expireAt(Phase phase, std::chrono::milliseconds afterAccept);
    void drop();
    static void onStreamGone(gpointer data, GObject*);

    struct Watch;

    const std::shared_ptr<Watch> watch_;
    const Ref<GSocket> socket_;
    Ref<GSocketAddress> peer_;
    Deadlines deadlines_;
    Owner& owner_;
    std::chrono::steady_clock::time_point accepted_ = std::chrono::steady_clock::now();
    Source deadline_;
    SoupServerMessage* unanswered_ = nullptr; // a weak pointer
    std::uint64_t bodyBytes_ = 0;
    Ref<GIOStream> refused_; // ours while lingering
    Source lingering_;
    Source peerWatch_;
    std::unique_ptr<Hello> hello_;
    std::unique_ptr<HeadReader> head_;
};

} // namespace lm::http
