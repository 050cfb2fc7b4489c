#include "tests/support/wspeer.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>
#include <utility>

namespace lm::test {

std::string ClientFrame::encode() const {
    std::string out;
    out.push_back(static_cast<char>((fin ? 0x80 : 0) | reserved << 4 | opcode));
    const std::uint8_t mask = masked ? 0x80 : 0;
    if (payload.size() < 126) {
        out.push_back(static_cast<char>(mask | payload.size()));
    } else {
        const bool small = payload.size() <= 0xFFFF;
        out.push_back(static_cast<char>(mask | (small ? 126 : 127)));
        for (int i = small ? 1 : 7; i >= 0; --i)
            out.push_back(static_cast<char>(payload.size() >> (8 * i) & 0xFF));
    }
    if (!masked) return out + payload;
    const char key[4] = {'\x11', '\x22', '\x33', '\x44'};
    out.append(key, 4);
    for (std::size_t i = 0; i < payload.size(); ++i)
        out.push_back(static_cast<char>(payload[i] ^ key[i & 3]));
    return out;
}

std::string binary(std::string_view payload) {
    return ClientFrame{2, std::string(payload)}.encode();
}
std::string text(std::string_view payload) {
    return ClientFrame{1, std::string(payload)}.encode();
}

std::string closeFrame(std::optional<std::uint16_t> code, std::string_view reason) {
    std::string payload;
    if (code) payload = {static_cast<char>(*code >> 8), static_cast<char>(*code & 0xFF)};
    return ClientFrame{8, payload.append(reason)}.encode();
}

std::uint16_t ServerFrame::closeCode() const {
    if (payload.size() < 2) return 1005;
    return static_cast<std::uint16_t>(static_cast<std::uint8_t>(payload[0]) << 8 |
                                      static_cast<std::uint8_t>(payload[1]));
}

WsPeer::WsPeer(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
        throw std::runtime_error(std::string("connect: ") + std::strerror(errno));
    const timeval patience{20, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    const int one = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

WsPeer::~WsPeer() {
    if (fd_ >= 0) ::close(fd_);
}

void WsPeer::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n <= 0) return; // the server hung up; what it said is read next
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
}

void WsPeer::sendRequest(const std::string& target, std::string_view behind) {
    send("GET " + target +
         " HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Go-http-client/1.1\r\nConnection: Upgrade\r\n"
         "Content-Type: audio/x-raw\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
         "Sec-WebSocket-Version: 13\r\nUpgrade: websocket\r\n\r\n" +
         std::string(behind));
}

int WsPeer::upgrade(const std::string& target, std::string_view behind) {
    sendRequest(target, behind);
    return readStatus();
}

int WsPeer::readStatus() {
    std::size_t end;
    while ((end = in_.find("\r\n\r\n")) == std::string::npos)
        if (!fill()) return 0;
    const int status = in_.size() > 12 ? std::stoi(in_.substr(9, 3)) : 0;
    in_.erase(0, end + 4);
    return status;
}

std::string WsPeer::readBody() {
    while (fill()) {
    }
    return std::exchange(in_, {});
}

bool WsPeer::fill() {
    char bytes[16384];
    const ssize_t n = ::recv(fd_, bytes, sizeof bytes, 0);
    if (n <= 0) return false;
    in_.append(bytes, static_cast<std::size_t>(n));
    return true;
}

bool WsPeer::readExactly(std::size_t n, std::string& out) {
    while (in_.size() < n)
        if (!fill()) return false;
    out = in_.substr(0, n);
    in_.erase(0, n);
    return true;
}

std::optional<ServerFrame> WsPeer::readFrame() {
    std::string head, extra, payload;
    if (!readExactly(2, head)) return std::nullopt;
    std::size_t length = static_cast<std::uint8_t>(head[1]) & 0x7F;
    if (length >= 126) {
        if (!readExactly(length == 126 ? 2 : 8, extra)) return std::nullopt;
        length = 0;
        for (const char c : extra)
            length = length << 8 | static_cast<std::uint8_t>(c);
    }
    if (!readExactly(length, payload)) return std::nullopt;
    return ServerFrame{static_cast<std::uint8_t>(head[0] & 0x0F), payload};
}

bool WsPeer::sawClose(std::uint16_t code) {
    while (auto frame = readFrame())
        if (frame->opcode == 8) return frame->closeCode() == code;
    return false;
}

bool WsPeer::sawEnd() {
    char bytes[1024];
    ssize_t n;
    while ((n = ::recv(fd_, bytes, sizeof bytes, 0)) > 0) {
    }
    return n == 0 || errno != EAGAIN;
}

void WsPeer::finish() {
    ::shutdown(fd_, SHUT_WR);
}

void WsPeer::reset() {
    const linger abort{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
    ::close(fd_);
    fd_ = -1;
}

} // namespace lm::test
