#pragma once

#include "plugins/common/handles.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <string_view>

namespace lm::test {

/// A connected pair: a GIOStream as the product sees it, and the raw other end.
class StreamPair {
public:
    StreamPair() {
        int fds[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) g_error("socketpair");
        auto socket = Ref<GSocket>::adopt(g_socket_new_from_fd(fds[0], nullptr));
        stream_ =
            Ref<GIOStream>::adopt(G_IO_STREAM(g_socket_connection_factory_create_connection(socket.get())));
        peer_ = fds[1];
    }
    ~StreamPair() { hangUp(); }
    StreamPair(const StreamPair&) = delete;
    StreamPair& operator=(const StreamPair&) = delete;

    Ref<GIOStream> stream() const { return stream_; }
    int peer() const { return peer_; }
    void send(std::string_view bytes) const {
        if (::send(peer_, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size()))
            g_error("short send");
    }
    /// What the product has sent and is there now.
    std::string received() const {
        std::string out(65536, '\0');
        const ssize_t n = ::recv(peer_, out.data(), out.size(), MSG_DONTWAIT);
        out.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
        return out;
    }
    void hangUp() {
        if (peer_ >= 0) ::close(peer_);
        peer_ = -1;
    }

private:
    Ref<GIOStream> stream_;
    int peer_;
};

} // namespace lm::test
