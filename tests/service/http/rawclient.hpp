#pragma once

#include "plugins/common/handles.hpp"
#include "tests/support/eventually.hpp"

#include <sys/socket.h>

#include <cstdint>
#include <string>

namespace lm::test {

/// A TCP client that says exactly what it is told, on the loop of the test.
class RawClient {
public:
    explicit RawClient(std::uint16_t port) {
        const auto address =
            Ref<GSocketAddress>::adopt(g_inet_socket_address_new_from_string("127.0.0.1", port));
        socket_ = Ref<GSocket>::adopt(
            g_socket_new(G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, nullptr));
        // Blocking: the kernel completes the connection whether or not the server accepts.
        connected_ = socket_ && g_socket_connect(socket_.get(), address.get(), nullptr, nullptr);
        if (socket_) g_socket_set_blocking(socket_.get(), FALSE);
    }

    bool connected() const { return connected_; }
    /// False when the peer does not take it.
    bool send(const std::string& text) {
        return g_socket_send(socket_.get(), text.data(), text.size(), nullptr, nullptr) ==
               static_cast<gssize>(text.size());
    }
    /// Everything up to the server's end of the connection; what came when it does not end.
    std::string answer() {
        ended_ = eventually([this] { return poll(); });
        return text_;
    }
    /// True once `what` has arrived.
    bool receives(const std::string& what) {
        return eventually([&] {
            poll();
            return text_.find(what) != std::string::npos;
        });
    }
    bool ended() const { return ended_; }
    bool reset() const { return reset_; }
    const std::string& text() const { return text_; }
    void close() { socket_.reset(); }

private:
    bool poll() {
        char buffer[4096];
        for (;;) {
            Owned<GError> error;
            const gssize got = g_socket_receive(socket_.get(), buffer, sizeof buffer, nullptr, OutPtr(error));
            if (got > 0) {
                text_.append(buffer, static_cast<std::size_t>(got));
                continue;
            }
            if (got == 0) return true;
            if (g_error_matches(error.get(), G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) return false;
            reset_ = true;
            return true;
        }
    }

    Ref<GSocket> socket_;
    std::string text_;
    bool connected_ = false, ended_ = false, reset_ = false;
};

inline std::string get(const std::string& target, const std::string& headers = {}) {
    return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n";
}

inline std::string upgradeRequest(const std::string& target, const std::string& headers = {}) {
    return get(target, "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
                           headers);
}

inline std::string statusLine(const std::string& answer) {
    return answer.substr(0, answer.find("\r\n"));
}
inline std::string bodyOf(const std::string& answer) {
    const auto end = answer.find("\r\n\r\n");
    return end == std::string::npos ? std::string() : answer.substr(end + 4);
}

} // namespace lm::test
