#pragma once

/// Packets of Engine.IO 4 (github.com/socketio/engine.io-protocol). Standard library only.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lm::engineio {

enum class Type : char {
    Open = '0',
    Close = '1',
    Ping = '2',
    Pong = '3',
    Message = '4',
    Upgrade = '5',
    Noop = '6',
};

struct Packet {
    Type type = Type::Noop;
    std::string data = {};
    bool binary = false; // a message of bytes

    bool operator==(const Packet&) const = default;
};

/// One text message of a WebSocket: a digit, then data. Nullopt when there is no such digit.
std::optional<Packet> decodePacket(std::string_view text);

/// What stands between two packets of a payload.
inline constexpr char separator = '\x1e';

/// The body of a poll or a push: packets, of which a binary one is `b` and base64.
struct Payload {
    std::vector<Packet> packets; // up to the first that is none
    bool valid = true;           // all of it could be read
};
/// No more than `maxPackets` are read: what comes behind makes it invalid.
Payload decodePayload(std::string_view body, std::size_t maxPackets = 16'384);

/// `data` as a packet of a payload; `binary` makes it base64.
void appendToPayload(std::string& body, std::string_view packet, bool binary);

} // namespace lm::engineio
