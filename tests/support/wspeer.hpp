#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lm::test {

/// A masked frame as a client sends it. Every field can be made wrong on purpose.
struct ClientFrame {
    std::uint8_t opcode = 2;
    std::string payload;
    bool fin = true;
    bool masked = true;
    std::uint8_t reserved = 0; // the three RSV bits, 0-7
    std::string encode() const;
};

std::string binary(std::string_view payload);
std::string text(std::string_view payload);
std::string closeFrame(std::optional<std::uint16_t> code = std::nullopt, std::string_view reason = {});

/// A frame from the server.
struct ServerFrame {
    std::uint8_t opcode = 0;
    std::string payload;
    std::uint16_t closeCode() const; // 1005 when there is none
};

/// A WebSocket client made of a blocking TCP socket: everything on the wire is under the test's control.
/// Reads give up after a generous deadline, so that a broken server fails a test instead of hanging it.
class WsPeer {
public:
    explicit WsPeer(std::uint16_t port);
    ~WsPeer();
    WsPeer(const WsPeer&) = delete;
    WsPeer& operator=(const WsPeer&) = delete;

    void send(std::string_view bytes);
    /// Sends the request as LiveKit's egress does; `behind` goes out in the same packet. Returns the status.
    int upgrade(const std::string& target, std::string_view behind = {});
    void sendRequest(const std::string& target, std::string_view behind = {});
    int readStatus();
    /// The body of an answer that is not 101, up to the end of the connection.
    std::string readBody();
    /// The next frame; nothing when the connection ended.
    std::optional<ServerFrame> readFrame();
    /// Skips pings; true when the next thing is a Close with `code` (1005: an empty one).
    bool sawClose(std::uint16_t code);
    /// Skips what is still there; true when the connection ended.
    bool sawEnd();

    void finish(); // FIN, keeps reading
    void reset();  // RST
    int descriptor() const { return fd_; }

private:
    bool fill();
    bool readExactly(std::size_t n, std::string& out);

    int fd_;
    std::string in_;
};

} // namespace lm::test
