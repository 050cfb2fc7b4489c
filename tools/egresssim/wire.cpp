#include "tools/egresssim/wire.hpp"

namespace lm::egresssim {

std::string upgradeRequest(const std::string& authority, const std::string& target, const std::string& key) {
    return "GET " + target + " HTTP/1.1\r\nHost: " + authority +
           "\r\nUser-Agent: Go-http-client/1.1\r\nConnection: Upgrade\r\nContent-Type: audio/x-raw\r\n"
           "Sec-WebSocket-Key: " +
           key + "\r\nSec-WebSocket-Version: 13\r\nUpgrade: websocket\r\n\r\n";
}

} // namespace lm::egresssim
