#include "tools/egresssim/wire.hpp"

#include <gtest/gtest.h>

namespace lm::egresssim {
namespace {

TEST(Wire, RequestsTheUpgradeAsAnEgressDoes) {
    EXPECT_EQ(
        upgradeRequest("media:3001", "/egress-audio?roomName=r", "KEY"),
        "GET /egress-audio?roomName=r HTTP/1.1\r\nHost: media:3001\r\nUser-Agent: Go-http-client/1.1\r\n"
        "Connection: Upgrade\r\nContent-Type: audio/x-raw\r\nSec-WebSocket-Key: KEY\r\n"
        "Sec-WebSocket-Version: 13\r\nUpgrade: websocket\r\n\r\n");
}

} // namespace
} // namespace lm::egresssim
