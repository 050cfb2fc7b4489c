#pragma once

/// RFC 6455 frames as a server sees them. Standard library only.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace lm::ws {

using Bytes = std::span<const std::uint8_t>;

enum class Opcode : std::uint8_t { Continuation = 0, Text = 1, Binary = 2, Close = 8, Ping = 9, Pong = 10 };

/// Close codes this project sends or reports (RFC 6455 7.4.1).
namespace closecode {
inline constexpr std::uint16_t Normal = 1000;
inline constexpr std::uint16_t GoingAway = 1001;
inline constexpr std::uint16_t ProtocolError = 1002;
inline constexpr std::uint16_t UnsupportedData = 1003;
inline constexpr std::uint16_t NoStatus = 1005; // never on the wire: an empty Close
inline constexpr std::uint16_t Abnormal = 1006; // never on the wire: no Close at all
inline constexpr std::uint16_t InvalidPayload = 1007;
inline constexpr std::uint16_t PolicyViolation = 1008;
inline constexpr std::uint16_t TooBig = 1009;
inline constexpr std::uint16_t InternalError = 1011;
inline constexpr std::uint16_t TryAgainLater = 1013;
} // namespace closecode

inline constexpr std::size_t maxControlPayload = 125; // RFC 6455 5.5

/// May a peer put this code into a Close frame? (RFC 6455 7.4: 1004-1006 and 1015 are reserved, below 3000
/// only registered codes, from 5000 on nothing.)
bool isWireCloseCode(std::uint16_t code);

/// One unfragmented, unmasked frame, as a server sends it.
std::string encodeFrame(Opcode opcode, std::string_view payload);
/// A Close frame; NoStatus gives an empty one. The reason is cut to fit, never inside a character.
std::string encodeClose(std::uint16_t code, std::string_view reason = {});

/// XORs `data` with the masking key, `offset` bytes into the payload (RFC 6455 5.3).
void applyMask(std::span<std::uint8_t> data, const std::uint8_t key[4], std::uint64_t offset);

} // namespace lm::ws
