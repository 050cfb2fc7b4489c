#pragma once

#include "tools/common/uniquefd.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace lm::test {

/// A server that shows the bytes themselves: serves one connection by a script, on its own thread, on a free
/// loopback port.
class RawPeer {
public:
    struct ClientFrame {
        int opcode;
        bool masked;
        std::string mask;
        std::string payload;
    };

    class Socket {
    public:
        explicit Socket(int fd) : fd_(fd) {}
        std::string readRequest();
        /// Reads the request and answers 101.
        void upgrade();
        void write(const std::string& bytes);
        /// Reads until the client ends the connection.
        void readToEnd();

        std::string received; // after the request
        bool fin = false;     // ended by FIN, not by RST

    private:
        int fd_;
    };

    explicit RawPeer(std::function<void(Socket&)> script);
    /// An unused peer is unblocked and joined.
    ~RawPeer();
    RawPeer(const RawPeer&) = delete;
    RawPeer& operator=(const RawPeer&) = delete;

    std::string url() const;
    /// Waits for the end of the script; what the client sent after its request.
    std::vector<ClientFrame> frames();
    bool endedWithFin();

private:
    void join();

    tools::UniqueFd listener_;
    std::uint16_t port_ = 0;
    std::string received_;
    bool fin_ = false;
    std::thread thread_;
};

} // namespace lm::test
