#pragma once

/// Packets of Socket.IO 5 (github.com/socketio/socket.io-protocol). Standard library only.

#include "service/engineio/outgoing.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lm::socketio {

enum class Type : char {
    Connect = '0',
    Disconnect = '1',
    Event = '2',
    Ack = '3',
    ConnectError = '4',
    BinaryEvent = '5',
    BinaryAck = '6',
};

inline constexpr std::size_t maxSpaceName = 256;  // bytes, of a namespace
inline constexpr std::size_t maxAttachments = 10; // of a packet, as the reference has it

/// Values that travel: each an argument as JSON text, and the bytes their placeholders point to.
struct Values {
    std::vector<std::string> arguments = {};
    std::vector<engineio::SharedOutgoing> attachments = {};
};

struct Packet {
    Type type = Type::Connect;
    std::string space = "/"; // the namespace
    std::optional<std::uint64_t> id = {};
    std::size_t attachments = 0;            // that follow
    std::string payload = {};               // of the others: JSON, or empty
    std::vector<std::string> elements = {}; // of events (the name first) and acks: JSON
};

/// The text of a packet, valid UTF-8; nullopt when it breaks a rule of the protocol.
std::optional<Packet> decode(std::string_view text);

/// What goes out: the text of the packet, then its attachments.
using Encoded = std::vector<engineio::SharedOutgoing>;

Encoded encodeEvent(std::string_view space, std::string_view name, const Values& values,
                    std::optional<std::uint64_t> id = {});
Encoded encodeAck(std::string_view space, std::uint64_t id, const Values& values);
/// Packets without attachments; `payload` is JSON or empty.
Encoded encodePlain(Type type, std::string_view space, std::string_view payload = {});

/// A JSON array of what are JSON texts.
std::string joinArray(const std::vector<std::string>& elements);

} // namespace lm::socketio
