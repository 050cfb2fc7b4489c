#pragma once

#include "plugins/common/result.hpp"
#include "plugins/common/websocket/frame.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The client's side of RFC 6455: bytes in, bytes out.
namespace lm::ws {

inline Bytes asBytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// Appends one masked frame; `mask` is the masking key in the order of its bytes in memory.
void appendFrame(std::vector<std::uint8_t>& out, Opcode opcode, bool final, Bytes payload,
                 std::uint32_t mask);

/// What goes into a Close frame: nothing without a code, which the other side reads as 1005.
std::vector<std::uint8_t> closePayload(std::optional<std::uint16_t> code);

/// A frame of the server. The payload of data frames is not kept: who sends media discards them.
struct ServerFrame {
    Opcode opcode;
    bool final;
    std::uint64_t length;
    std::string control; // the payload of a control frame
};

/// Cuts the server's bytes into frames; holds at most one frame header and one control payload.
class ServerFrames {
public:
    /// Takes bytes off the front of `in`; nullopt when more are needed. The error is a violation of the
    /// protocol.
    Result<std::optional<ServerFrame>> next(Bytes& in);

private:
    std::optional<Error> readHeader();

    std::array<std::uint8_t, 10> header_{};
    std::size_t headerSize_ = 0;
    std::optional<ServerFrame> frame_;
    std::uint64_t left_ = 0; // of the payload of frame_
};

/// A key of 16 bytes, as base64.
std::string upgradeKey(std::uint64_t high, std::uint64_t low);
/// The `Sec-WebSocket-Accept` that proves that the server read `key`.
std::string acceptFor(const std::string& key);
/// Judges the header of the answer (without the empty line). The error says what the server answered instead.
std::optional<Error> checkUpgrade(std::string_view header, const std::string& key);

} // namespace lm::ws
