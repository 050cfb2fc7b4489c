#pragma once

#include "plugins/common/result.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The client's side of RFC 6455 in the dialect of LiveKit's Track Egress. Pure: bytes in, bytes out.
namespace lm::egresssim {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

inline ByteView asBytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// Opcodes of RFC 6455, section 5.2.
enum class Opcode : std::uint8_t { Continuation = 0, Text = 1, Binary = 2, Close = 8, Ping = 9, Pong = 10 };

/// Appends one masked frame; `mask` is the masking key in the order of its bytes in memory.
void appendFrame(Bytes& out, Opcode opcode, bool final, ByteView payload, std::uint32_t mask);

/// What goes into a Close frame: nothing without a code, which the other side reads as 1005.
Bytes closePayload(std::optional<std::uint16_t> code);

/// A frame of the server. The payload of data frames is not kept: an egress reads and discards them.
struct Frame {
    Opcode opcode;
    bool final;
    std::uint64_t length;
    std::string control; // the payload of a control frame
};

/// Cuts the server's bytes into frames; holds at most one frame header and one control payload.
class FrameReader {
public:
    /// Takes bytes off the front of `in`; nullopt when more are needed. The error is a violation of the
    /// protocol.
    Result<std::optional<Frame>> next(ByteView& in);

private:
    std::optional<Error> readHeader();

    std::array<std::uint8_t, 10> header_{};
    std::size_t headerSize_ = 0;
    std::optional<Frame> frame_;
    std::uint64_t left_ = 0; // of the payload of frame_
};

/// The upgrade request exactly as an egress sends it: Go's header order, `Content-Type: audio/x-raw`, no
/// Origin, no extension, no subprotocol.
std::string upgradeRequest(const std::string& authority, const std::string& target, const std::string& key);
/// A key of 16 bytes, as base64.
std::string upgradeKey(std::uint64_t high, std::uint64_t low);
/// The `Sec-WebSocket-Accept` that proves that the server read `key`.
std::string acceptFor(const std::string& key);
/// Judges the header of the answer (without the empty line). The error says what the server answered instead.
std::optional<Error> checkUpgrade(std::string_view header, const std::string& key);

} // namespace lm::egresssim
