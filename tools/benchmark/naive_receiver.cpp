/// The yardstick of `tools/bench ingest`: the straightforward epoll server. Level-triggered; per message one
/// read (of the size of one message) and one write to the track's file, no batching, no pipeline. Not for any
/// other use: it trusts its peer and knows only what an egress sends.

#include "plugins/common/websocket/clientwire.hpp"
#include "tools/common/uniquefd.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

namespace {

using lm::tools::UniqueFd;

constexpr std::size_t kMessageFrame = 8 + 1920; // header with mask, and 10 ms

struct Connection {
    UniqueFd socket;
    UniqueFd file;
    std::string input; // the request, later the frame that is not complete yet
    bool upgraded = false;
};

std::string headerField(const std::string& request, const std::string& name) {
    const auto at = request.find(name + ": ");
    if (at == std::string::npos) return {};
    const auto from = at + name.size() + 2;
    return request.substr(from, request.find("\r\n", from) - from);
}

bool upgrade(Connection& c, const std::string& directory, std::size_t number) {
    const auto end = c.input.find("\r\n\r\n");
    if (end == std::string::npos) return true;
    const auto answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Accept: " +
                        lm::ws::acceptFor(headerField(c.input, "Sec-WebSocket-Key")) + "\r\n\r\n";
    c.input.erase(0, end + 4);
    c.upgraded = true;
    const auto path = directory + "/" + std::to_string(number) + ".raw";
    c.file = UniqueFd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    return c.file && ::send(c.socket.get(), answer.data(), answer.size(), MSG_NOSIGNAL) > 0;
}

/// Handles the complete frames at the front of the input; false at a Close.
bool takeFrames(Connection& c) {
    while (c.input.size() >= 6) {
        auto* data = reinterpret_cast<unsigned char*>(c.input.data());
        std::size_t length = data[1] & 0x7f;
        std::size_t header = 6;
        if (length == 126) {
            header = 8;
            length = static_cast<std::size_t>(data[2] << 8 | data[3]);
        }
        if (c.input.size() < header + length) return true;
        const auto opcode = data[0] & 0x0f;
        if (opcode == 8) return false;
        if (opcode == 2) {
            const auto* mask = data + header - 4;
            for (std::size_t i = 0; i < length; ++i)
                data[header + i] ^= mask[i % 4];
            if (::write(c.file.get(), data + header, length) < 0) return false;
        }
        c.input.erase(0, header + length);
    }
    return true;
}

/// One read; false when the connection is over.
bool onReadable(Connection& c, const std::string& directory, std::size_t number) {
    const auto had = c.input.size();
    c.input.resize(had + kMessageFrame);
    const auto got = ::recv(c.socket.get(), c.input.data() + had, kMessageFrame, MSG_DONTWAIT);
    c.input.resize(had + (got > 0 ? static_cast<std::size_t>(got) : 0));
    if (got < 0) return errno == EAGAIN;
    if (got == 0) return false;
    if (!c.upgraded && !upgrade(c, directory, number)) return false;
    return !c.upgraded || takeFrames(c);
}

UniqueFd listenOnLoopback() {
    UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener.get(), 1024) != 0) {
        std::perror("listen");
        return {};
    }
    socklen_t size = sizeof address;
    ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
    std::printf("listening on http://127.0.0.1:%d\n", ntohs(address.sin_port));
    std::fflush(stdout);
    return listener;
}

void add(int epoll, int fd, void* tag) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = tag;
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "Usage: naive-receiver DIRECTORY\n");
        return 2;
    }
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);

    const UniqueFd listener = listenOnLoopback();
    if (!listener) return 1;
    const UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
    add(epoll.get(), listener.get(), nullptr);
    std::array<epoll_event, 64> events;
    for (std::size_t number = 0;;) {
        const int count = ::epoll_wait(epoll.get(), events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < count; ++i) {
            auto* connection = static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
            if (connection == nullptr) {
                auto fresh = std::make_unique<Connection>();
                fresh->socket = UniqueFd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
                if (!fresh->socket) continue;
                const int fd = fresh->socket.get();
                add(epoll.get(), fd, fresh.release());
            } else if (!onReadable(*connection, argv[1], connection->upgraded ? 0 : number++)) {
                delete connection;
            }
        }
    }
}
