#include "tests/support/rawpeer.hpp"

#include "plugins/common/websocket/clientwire.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <stdexcept>

namespace lm::test {

std::string RawPeer::Socket::readRequest() {
    std::string request;
    char byte = 0;
    while (request.find("\r\n\r\n") == std::string::npos && ::recv(fd_, &byte, 1, 0) == 1)
        request += byte;
    return request;
}

void RawPeer::Socket::upgrade() {
    const auto request = readRequest();
    const std::string name = "Sec-WebSocket-Key: ";
    const auto at = request.find(name);
    if (at == std::string::npos) return; // the client has gone before it has asked
    const auto from = at + name.size();
    const auto key = request.substr(from, request.find("\r\n", from) - from);
    write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
          "Upgrade\r\nSec-WebSocket-Accept: " +
          ws::acceptFor(key) + "\r\n\r\n");
}

void RawPeer::Socket::write(const std::string& bytes) {
    if (::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) return; // the client may be gone
}

void RawPeer::Socket::readToEnd() {
    char buffer[4096];
    for (;;) {
        const auto got = ::recv(fd_, buffer, sizeof buffer, 0);
        fin = got == 0;
        if (got <= 0) return;
        received.append(buffer, static_cast<std::size_t>(got));
    }
}

RawPeer::RawPeer(std::function<void(Socket&)> script)
    : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(listener_.get(), 8) != 0 ||
        ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        throw std::runtime_error("no loopback port");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, script = std::move(script)] {
        const tools::UniqueFd fd(::accept(listener_.get(), nullptr, nullptr));
        if (!fd) return;
        Socket socket(fd.get());
        script(socket);
        received_ = std::move(socket.received);
        fin_ = socket.fin;
    });
}

RawPeer::~RawPeer() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    join();
}

void RawPeer::join() {
    if (thread_.joinable()) thread_.join();
}

std::string RawPeer::url() const {
    return "ws://127.0.0.1:" + std::to_string(port_) + "/egress-audio";
}

bool RawPeer::endedWithFin() {
    join();
    return fin_;
}

std::vector<RawPeer::ClientFrame> RawPeer::frames() {
    join();
    std::vector<ClientFrame> frames;
    const auto byte = [this](std::size_t at) { return static_cast<std::uint8_t>(received_.at(at)); };
    for (std::size_t at = 0; at + 6 <= received_.size();) {
        std::size_t length = byte(at + 1) & 0x7f;
        std::size_t header = 2;
        if (length == 126) {
            length = static_cast<std::size_t>(byte(at + 2) << 8 | byte(at + 3));
            header = 4;
        }
        if (at + header + 4 + length > received_.size()) break; // cut in the middle
        ClientFrame frame{byte(at) & 0x0f, (byte(at + 1) & 0x80) != 0, received_.substr(at + header, 4),
                          received_.substr(at + header + 4, length)};
        for (std::size_t i = 0; i < length; ++i)
            frame.payload[i] = static_cast<char>(frame.payload[i] ^ frame.mask[i % 4]);
        frames.push_back(std::move(frame));
        at += header + 4 + length;
    }
    return frames;
}

} // namespace lm::test
