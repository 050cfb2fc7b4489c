#include "service/http/listener.hpp"

#include "service/http/response.hpp"
#include "service/logging/log.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace lm::http {
namespace {

constexpr int acceptsPerTurn = 64; // then others on the loop have theirs

int openReserve() {
    return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

int acceptFrom(int listening, sockaddr_storage& peer, socklen_t& size) {
    size = sizeof peer;
    return ::accept4(listening, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

/// Errors of the connection at the head of the backlog, not of accepting (accept(2), Error handling).
bool diedWaiting(int error) {
    return error == ECONNABORTED || error == EINTR || error == EPROTO || error == ENETDOWN ||
           error == EHOSTDOWN || error == ENONET || error == EHOSTUNREACH || error == ENETUNREACH ||
           error == ENOPROTOOPT || error == EOPNOTSUPP;
}

/// A peer that vanished without a word is noticed in about two minutes, not two hours.
void setOptions(GSocket* socket) {
    g_socket_set_keepalive(socket, TRUE);
    g_socket_set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1, nullptr);
    g_socket_set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, 60, nullptr);
    g_socket_set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, 15, nullptr);
    g_socket_set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, 4, nullptr);
}

Error cannotListen(const std::string& host, std::uint16_t port, const GError* error) {
    return {"cannot listen on " + host + " port " + std::to_string(port) + " (" +
            (error ? error->message : "unknown reason") +
            "); choose another HOST or PORT, or stop what uses it"};
}

} // namespace

Result<std::unique_ptr<Listener>> Listener::open(const std::string& host, std::uint16_t port,
                                                 ListenerOptions options) {
    const char* literal = host == "localhost" ? "127.0.0.1" : host.c_str();
    const auto address = Ref<GSocketAddress>::adopt(g_inet_socket_address_new_from_string(literal, port));
    if (!address) return cannotListen(host, port, nullptr);
    Owned<GError> error;
    auto socket =
        Ref<GSocket>::adopt(g_socket_new(g_socket_address_get_family(address.get()), G_SOCKET_TYPE_STREAM,
                                         G_SOCKET_PROTOCOL_TCP, OutPtr(error)));
    if (!socket) return cannotListen(host, port, error.get());
    g_socket_set_blocking(socket.get(), FALSE);
    g_socket_set_listen_backlog(socket.get(), options.backlog);
    if (!g_socket_bind(socket.get(), address.get(), TRUE, OutPtr(error)))
        return cannotListen(host, port, error.get());
    if (!g_socket_listen(socket.get(), OutPtr(error))) return cannotListen(host, port, error.get());
    return std::unique_ptr<Listener>(new Listener(std::move(socket), options));
}

Listener::Listener(Ref<GSocket> socket, ListenerOptions options)
    : socket_(std::move(socket)),
      address_(Ref<GSocketAddress>::adopt(g_socket_get_local_address(socket_.get(), nullptr))),
      options_(options), reserve_(openReserve()) {
    if (address_) port_ = g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(address_.get()));
}

Listener::~Listener() {
    close();
}

void Listener::start(Obstacle obstacle, Accepted accepted) {
    obstacle_ = std::move(obstacle);
    accepted_ = std::move(accepted);
    watch();
}

void Listener::close() {
    watch_.stop();
    retry_.stop();
    if (socket_) g_socket_close(socket_.get(), nullptr);
    if (reserve_ >= 0) ::close(std::exchange(reserve_, -1));
    socket_.reset();
}

void Listener::wake() {
    if (retry_.active()) watch();
}

void Listener::watch() {
    retry_.stop();
    watch_.watch(g_socket_get_fd(socket_.get()), [this] { acceptWaiting(); });
}

void Listener::acceptWaiting() {
    for (int i = 0; i < acceptsPerTurn && socket_; ++i) {
        if (const char* reason = obstacle_()) return rest(reason);
        if (!acceptOne()) return;
    }
}

/// False when this turn is over.
bool Listener::acceptOne() {
    sockaddr_storage storage{};
    socklen_t size = 0;
    const int fd = acceptFrom(g_socket_get_fd(socket_.get()), storage, size);
    if (fd >= 0) {
        stalled_ = false;
        const auto peer = Ref<GSocketAddress>::adopt(g_socket_address_new_from_native(&storage, size));
        hand(fd, peer.get());
        return socket_.get() != nullptr;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
        recovered();
        return false;
    }
    if (diedWaiting(errno)) return true;
    rest(g_strerror(errno));
    return false;
}

void Listener::hand(int fd, GSocketAddress* peer) {
    Owned<GError> error;
    const auto socket = Ref<GSocket>::adopt(g_socket_new_from_fd(fd, OutPtr(error)));
    if (!socket || !peer) {
        if (!socket) ::close(fd);
        return;
    }
    setOptions(socket.get());
    accepted_(Ref<GSocketConnection>::adopt(g_socket_connection_factory_create_connection(socket.get())),
              Ref<GSocketAddress>::share(peer));
}

void Listener::rest(const char* reason) {
    const auto now = std::chrono::steady_clock::now();
    if (!std::exchange(exhausted_, true)) {
        refusedBefore_ = refused_;
        logging::warning("http", "new connections have to wait", {{"reason", reason}});
    }
    if (!std::exchange(stalled_, true)) stalledSince_ = now;
    if (now - stalledSince_ >= options_.refuseAfter) refuseWaiting();
    watch_.stop();
    retry_.after(options_.retry, [this] { watch(); });
}

void Listener::recovered() {
    stalled_ = false;
    if (!std::exchange(exhausted_, false)) return;
    logging::info("http", "no connection has to wait any more", {{"refused", refused_ - refusedBefore_}});
}

void Listener::refuseWaiting() {
    for (int i = 0; i < acceptsPerTurn; ++i)
        if (!refuseOne()) return;
}

bool Listener::refuseOne() {
    if (reserve_ >= 0) ::close(std::exchange(reserve_, -1));
    sockaddr_storage peer{};
    socklen_t size = 0;
    const int fd = acceptFrom(g_socket_get_fd(socket_.get()), peer, size);
    if (fd >= 0) {
        static const std::string answer =
            toWire(problem(503, "overloaded", "Too many connections; try again in a moment.")
                       .with("Retry-After", "1"));
        // A request that is left unread would turn the close into a reset, and the reset would overtake the
        // answer.
        char discarded[4096];
        ::recv(fd, discarded, sizeof discarded, MSG_DONTWAIT);
        [[maybe_unused]] const ssize_t sent =
            ::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        ::shutdown(fd, SHUT_WR);
        ::close(fd);
        ++refused_;
    }
    reserve_ = openReserve();
    return fd >= 0;
}

} // namespace lm::http
