#include "service/http/hello.hpp"

#include <sys/socket.h>

#include <utility>

namespace lm::http {
namespace {

// RFC 8446, 5.1: type, version, length, then the record.
constexpr int headerBytes = 5;
constexpr unsigned char handshakeRecord = 22;
constexpr int maxRecord = 1 << 14;

} // namespace

Hello::Hello(GSocket* socket, Seen seen) : descriptor_(g_socket_get_fd(socket)), seen_(std::move(seen)) {
    expect(headerBytes);
    watch_.watch(descriptor_, [this] { look(); });
}

/// The kernel does not call the socket readable before so much is there, or its end.
void Hello::expect(int bytes) {
    expected_ = bytes;
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof bytes);
}

void Hello::look() {
    unsigned char start[headerBytes + maxRecord];
    const ssize_t got =
        ::recv(descriptor_, start, static_cast<std::size_t>(expected_), MSG_PEEK | MSG_DONTWAIT);
    if (got < expected_) return finish(Kind::None);
    if (start[0] >= 'A' && start[0] <= 'Z') return finish(Kind::Http);
    const int length = start[3] << 8 | start[4];
    if (start[0] != handshakeRecord || start[1] != 3 || length == 0 || length > maxRecord)
        return finish(Kind::None);
    if (expected_ > headerBytes) return finish(Kind::Tls);
    expect(headerBytes + length);
}

void Hello::finish(Kind kind) {
    watch_.stop();
    expect(1);
    const Seen seen = std::exchange(seen_, nullptr);
    seen(kind);
}

} // namespace lm::http
