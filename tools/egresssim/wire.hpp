#pragma once

#include "plugins/common/websocket/clientwire.hpp"

#include <string>
#include <vector>

/// The dialect of LiveKit's Track Egress where it is one: the rest is any client's.
namespace lm::egresssim {

using Bytes = std::vector<std::uint8_t>;
using ByteView = ws::Bytes;
using ws::asBytes;
using ws::Opcode;

/// The upgrade request exactly as an egress sends it: Go's header order, `Content-Type: audio/x-raw`, no
/// Origin, no extension, no subprotocol.
std::string upgradeRequest(const std::string& authority, const std::string& target, const std::string& key);

} // namespace lm::egresssim
