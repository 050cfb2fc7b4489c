#include "service/http/connection.hpp"

#include "plugins/common/cboundary.hpp"
#include "plugins/common/handover.hpp"
#include "plugins/common/loopthread.hpp"
#include "plugins/common/websocket/upgrade.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <thread>
#include <utility>

namespace lm::http {
namespace {

constexpr char key[] = "live-meeting-connection";

/// To a client that took https for http: it would show its user garbage otherwise.
void answerPlainly(GSocket* socket) {
    static const std::string answer =
        toWire(problem(400, "tls_required", "This port speaks TLS: use https:// or wss://."));
    char discarded[4096];
    g_socket_receive(socket, discarded, sizeof discarded, nullptr, nullptr);
    g_socket_send(socket, answer.data(), answer.size(), nullptr, nullptr);
    g_socket_shutdown(socket, FALSE, TRUE, nullptr);
}

} // namespace

/// What the end of a stream finds: that may come on any thread, after an asynchronous close on one of GIO's.
struct Connection::Watch {
    explicit Watch(Connection* watched) : connection(watched) {}
    Connection* connection; // touched at home alone; nullptr once it has gone
    const std::thread::id home = std::this_thread::get_id();
    const Ref<GMainContext> context = Ref<GMainContext>::adopt(g_main_context_ref_thread_default());
    HandOver made = {};
};

Connection::Connection(GSocketConnection* stream, Ref<GSocketAddress> peer, Deadlines deadlines, Owner& owner)
    : watch_(std::make_shared<Watch>(this)),
      socket_(Ref<GSocket>::share(g_socket_connection_get_socket(stream))), peer_(std::move(peer)),
      deadlines_(deadlines), owner_(owner) {
    watch_->made.give();
    g_object_weak_ref(G_OBJECT(stream), onStreamGone, new std::shared_ptr<Watch>(watch_));
    g_object_set_data(G_OBJECT(peer_.get()), key, this);
    expireAt(Phase::Header, std::min(deadlines_.header, deadlines_.request));
}

Connection::~Connection() {
    answering();
    watch_->connection = nullptr;
    g_object_set_data(G_OBJECT(peer_.get()), key, nullptr);
}

Connection* Connection::of(SoupServerMessage* message) {
    return at(soup_server_message_get_remote_address(message));
}

Connection* Connection::at(GSocketAddress* peer) {
    return peer ? static_cast<Connection*>(g_object_get_data(G_OBJECT(peer), key)) : nullptr;
}

void Connection::onStreamGone(gpointer data, GObject*) {
    fence("connection end", [&] {
        const std::unique_ptr<std::shared_ptr<Watch>> watch(static_cast<std::shared_ptr<Watch>*>(data));
        (*watch)->made.take();
        const auto end = [kept = *watch] {
            if (Connection* self = kept->connection) self->owner_.ended(*self);
        };
        if (std::this_thread::get_id() == (*watch)->home) return end();
        postTo((*watch)->context.get(), end);
    });
}

void Connection::expireAt(Phase phase, std::chrono::milliseconds afterAccept) {
    const auto due = accepted_ + afterAccept - std::chrono::steady_clock::now();
    deadline_.after(std::chrono::ceil<std::chrono::milliseconds>(due),
                    [this, phase] { owner_.expired(*this, phase); });
}

void Connection::awaitHello(Ref<GSocketConnection> stream,
                            std::function<void(Ref<GSocketConnection>)> greeted) {
    GSocket* socket = g_socket_connection_get_socket(stream.get());
    hello_ = std::make_unique<Hello>(
        socket, [this, stream = std::move(stream), greeted = std::move(greeted)](Hello::Kind kind) mutable {
            auto ours = std::move(stream);
            hello_.reset();
            if (kind == Hello::Kind::Http) answerPlainly(g_socket_connection_get_socket(ours.get()));
            greeted(kind == Hello::Kind::Tls ? std::move(ours) : nullptr);
        });
}

void Connection::awaitHead(Ref<GIOStream> stream,
                           std::function<void(Ref<GIOStream>, std::string, std::optional<Response>)> seen) {
    auto ours = stream;
    head_ = std::make_unique<HeadReader>(std::move(stream),
                                         [this, ours = std::move(ours), seen = std::move(seen)](
                                             std::string received, std::optional<Response> wrong) mutable {
                                             auto whole = std::move(ours);
                                             head_.reset();
                                             if (received.empty())
                                                 return; // the connection ends with its last handle
                                             seen(std::move(whole), std::move(received), std::move(wrong));
                                         });
}

void Connection::beforeClose() {
    if (!(g_socket_condition_check(socket_.get(), G_IO_OUT) & G_IO_OUT))
        g_socket_shutdown(socket_.get(), TRUE, TRUE, nullptr);
}

void Connection::headerArrived(SoupServerMessage* message) {
    g_set_weak_pointer(&unanswered_, message);
    expireAt(Phase::Request, deadlines_.request);
}

void Connection::allow(std::chrono::milliseconds time) {
    deadline_.after(time, [this] { owner_.expired(*this, Phase::Request); });
}

void Connection::watchPeer(std::function<void()> gone) {
    peerWatch_.watch(g_socket_get_fd(socket_.get()), [this, told = std::move(gone)] {
        char byte;
        const auto n = ::recv(g_socket_get_fd(socket_.get()), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
        const auto call = told; // the watch, and perhaps this connection, end with what follows
        peerWatch_.stop();
        if (n <= 0) call();
    });
}

void Connection::answering() {
    g_clear_weak_pointer(&unanswered_);
}

void Connection::refuse(const Response& response) {
    SoupServerMessage* message = unanswered_;
    answering();
    auto stream = Ref<GIOStream>::adopt(soup_server_message_steal_connection(message));
    if (!stream) return cut();
    refuse(std::move(stream), response);
}

void Connection::refuse(Ref<GIOStream> stream, const Response& response) {
    refused_ = std::move(stream);
    const std::string text = toWire(response);
    GOutputStream* out = g_io_stream_get_output_stream(refused_.get());
    // Nothing was sent before, so the kernel's buffer takes all of it.
    g_pollable_output_stream_write_nonblocking(G_POLLABLE_OUTPUT_STREAM(out), text.data(), text.size(),
                                               nullptr, nullptr);
    ws::sayGoodbye(refused_.get());
    g_socket_shutdown(socket_.get(), FALSE, TRUE, nullptr);
    lingering_.watch(g_socket_get_fd(socket_.get()), [this] { drop(); });
    deadline_.after(deadlines_.linger, [this] { owner_.expired(*this, Phase::Lingering); });
}

/// Reads and forgets; at the peer's end of stream, or an error, the connection is closed.
void Connection::drop() {
    char discarded[16384];
    Owned<GError> error;
    const gssize got = g_socket_receive(socket_.get(), discarded, sizeof discarded, nullptr, OutPtr(error));
    if (got > 0 || g_error_matches(error.get(), G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) return;
    cut();
}

void Connection::cut() {
    answering();
    if (!refused_) {
        g_socket_shutdown(socket_.get(), TRUE, TRUE, nullptr);
        return;
    }
    lingering_.stop();
    deadline_.stop();
    const auto stream = std::exchange(refused_, nullptr);
    if (ws::isPlain(stream.get())) {
        g_io_stream_close(stream.get(), nullptr, nullptr);
    } else {
        // In the middle of another handshake it closes once that has failed: not waited for here.
        g_socket_shutdown(socket_.get(), TRUE, TRUE, nullptr);
        g_io_stream_close_async(stream.get(), G_PRIORITY_DEFAULT, nullptr, nullptr, nullptr);
    }
    // Dropping the last reference ends this object: nothing may follow.
}

} // namespace lm::http
