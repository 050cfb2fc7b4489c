#include "plugins/common/websocket/connection.hpp"

#include "plugins/common/websocket/upgrade.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace lm::ws {
namespace {

// Only control frames go out: a peer that leaves this much of them unread is not reading at all.
constexpr std::size_t maxPending = 16 * 1024;
constexpr std::size_t maxParts = 64; // of one write

} // namespace

Connection::Connection(Ref<GIOStream> stream)
    : stream_(std::move(stream)), in_(G_POLLABLE_INPUT_STREAM(g_io_stream_get_input_stream(stream_.get()))),
      out_(G_POLLABLE_OUTPUT_STREAM(g_io_stream_get_output_stream(stream_.get()))),
      descriptor_(descriptorOf(stream_.get())), plain_(isPlain(stream_.get())) {}

Connection::~Connection() {
    close();
}

Connection::Read Connection::read(std::span<std::uint8_t> into) {
    Owned<GError> error;
    const gssize n =
        g_pollable_input_stream_read_nonblocking(in_, into.data(), into.size(), nullptr, OutPtr(error));
    if (n > 0) {
        // The first read may be answered from what came with the handshake, before the socket is asked.
        const bool first = std::exchange(mayHoldHandshakeBytes_, false);
        const auto bytes = static_cast<std::size_t>(n);
        return {ReadStatus::Data, bytes, plain_ && !first && bytes < into.size()};
    }
    mayHoldHandshakeBytes_ = false;
    if (n == 0) return {ReadStatus::End, 0, true};
    if (g_error_matches(error.get(), G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) return {ReadStatus::Empty, 0, true};
    reason_ = error->message;
    // A peer that ends a TLS session without close_notify, as Go's tls does when it is killed, has simply
    // gone.
    if (g_error_matches(error.get(), G_TLS_ERROR, G_TLS_ERROR_EOF)) return {ReadStatus::End, 0, true};
    return {ReadStatus::Broken, 0, true};
}

bool Connection::send(std::string_view bytes) {
    if (pending_.size() + bytes.size() > maxPending) return false;
    pending_.append(bytes);
    flush();
    return true;
}

bool Connection::flush() {
    while (!pending_.empty()) {
        Owned<GError> error;
        const gssize n = g_pollable_output_stream_write_nonblocking(out_, pending_.data(), pending_.size(),
                                                                    nullptr, OutPtr(error));
        if (n > 0) {
            pending_.erase(0, static_cast<std::size_t>(n));
        } else {
            if (error && g_error_matches(error.get(), G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) return true;
            if (error) reason_ = error->message;
            pending_.clear();
            return false;
        }
    }
    return true;
}

std::optional<std::size_t> Connection::write(std::span<const std::string_view> pieces) {
    if (!stream_) return std::nullopt;
    return plain_ ? writePlain(pieces) : writeSecured(pieces);
}

/// Nothing above a plain socket keeps anything of the output.
std::optional<std::size_t> Connection::writePlain(std::span<const std::string_view> pieces) {
    iovec parts[maxParts];
    msghdr message{};
    message.msg_iov = parts;
    for (const std::string_view piece : pieces.first(std::min(pieces.size(), maxParts)))
        parts[message.msg_iovlen++] = {const_cast<char*>(piece.data()), piece.size()};
    const ssize_t n = ::sendmsg(descriptor_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return 0;
    reason_ = g_strerror(errno);
    return std::nullopt;
}

std::optional<std::size_t> Connection::writeSecured(std::span<const std::string_view> pieces) {
    std::size_t written = 0;
    for (const std::string_view piece : pieces) {
        Owned<GError> error;
        const gssize n = g_pollable_output_stream_write_nonblocking(out_, piece.data(), piece.size(), nullptr,
                                                                    OutPtr(error));
        if (n < 0 && g_error_matches(error.get(), G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) return written;
        if (n < 0) {
            reason_ = error->message;
            return std::nullopt;
        }
        written += static_cast<std::size_t>(n);
        if (static_cast<std::size_t>(n) < piece.size()) return written;
    }
    return written;
}

void Connection::shutdownOutput() {
    if (!plain_) sayGoodbye(stream_.get());
    if (descriptor_ >= 0) ::shutdown(descriptor_, SHUT_WR);
}

void Connection::close() {
    if (!stream_) return;
    // Closing a TLS stream writes, and would wait for a peer that does not read.
    const bool told = plain_ || sayGoodbye(stream_.get());
    descriptor_ = -1;
    auto stream = std::exchange(stream_, nullptr);
    if (!told) return abandon(std::move(stream));
    if (!plain_) ::shutdown(descriptorOf(stream.get()), SHUT_RDWR);
    g_io_stream_close(stream.get(), nullptr, nullptr);
}

} // namespace lm::ws
