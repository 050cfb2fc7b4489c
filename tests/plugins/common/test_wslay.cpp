// libwslay as an independent opinion: whatever it accepts we read alike, whatever it refuses we refuse.

#include "plugins/common/websocket/receiver.hpp"
#include "tests/plugins/common/recorder.hpp"
#include "tests/support/rounds.hpp"
#include "tests/support/wspeer.hpp"

#include <gtest/gtest.h>
#include <wslay/wslay.h>

#include <cstring>
#include <random>

using namespace lm;

namespace {

struct Wslay {
    std::string wire;
    std::size_t offset = 0;
    std::vector<std::string> events;
    bool refused = false;
};

void runWslay(Wslay& run) {
    wslay_event_callbacks callbacks{};
    callbacks.recv_callback = [](wslay_event_context_ptr context, std::uint8_t* into, std::size_t size, int,
                                 void* data) -> ssize_t {
        auto& self = *static_cast<Wslay*>(data);
        const std::size_t n = std::min(size, self.wire.size() - self.offset);
        if (n == 0) {
            wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK);
            return -1;
        }
        std::memcpy(into, self.wire.data() + self.offset, n);
        self.offset += n;
        return static_cast<ssize_t>(n);
    };
    callbacks.send_callback = [](wslay_event_context_ptr, const std::uint8_t*, std::size_t size, int, void*) {
        return static_cast<ssize_t>(size);
    };
    callbacks.on_msg_recv_callback = [](wslay_event_context_ptr, const wslay_event_on_msg_recv_arg* message,
                                        void* data) {
        auto& events = static_cast<Wslay*>(data)->events;
        std::string payload(reinterpret_cast<const char*>(message->msg), message->msg_length);
        switch (message->opcode) {
        case WSLAY_TEXT_FRAME:
            events.push_back("text " + payload);
            break;
        case WSLAY_BINARY_FRAME:
            events.push_back("binary " + payload);
            break;
        case WSLAY_PING:
            events.push_back("ping " + payload);
            break;
        case WSLAY_PONG:
            events.push_back("pong " + payload);
            break;
        case WSLAY_CONNECTION_CLOSE:
            // wslay hands out the whole payload, code included.
            events.push_back("close " + std::to_string(message->status_code ? message->status_code : 1005) +
                             " " + (payload.size() > 2 ? payload.substr(2) : ""));
            break;
        }
    };
    wslay_event_context_ptr context;
    ASSERT_EQ(wslay_event_context_server_init(&context, &callbacks, &run), 0);
    const int result = wslay_event_recv(context);
    wslay_event_send(context);
    // A violation is answered with a Close of its own, a Close from the peer with an echo of the peer's code.
    // What was wrong with a Close itself is known to wslay only after it has handed the Close out.
    const int answered = wslay_event_get_status_code_sent(context);
    const bool peerClosed = !run.events.empty() && run.events.back().starts_with("close ");
    const bool echoed = peerClosed && answered == wslay_event_get_status_code_received(context);
    run.refused = result != 0 || (wslay_event_get_close_sent(context) != 0 && !echoed);
    if (run.refused && peerClosed) run.events.pop_back();
    wslay_event_context_free(context);
}

std::string randomWire(std::mt19937& random) {
    const std::uint8_t opcodes[] = {0, 1, 2, 2, 2, 8, 9, 10, 3};
    const char* payloads[] = {"", "x", "\xC3\xA9", "\xC3", "\x03\xE8", "\x03\xE8ok", "hello world"};
    std::string wire;
    for (auto frames = 1 + random() % 5; frames > 0; --frames) {
        test::ClientFrame frame{opcodes[random() % std::size(opcodes)],
                                payloads[random() % std::size(payloads)]};
        // The one known difference: wslay takes a Close of one byte, which RFC 6455 5.5.1 does not allow.
        if (frame.opcode == 8 && frame.payload.size() == 1) frame.payload.clear();
        if (random() % 12 == 0) frame.payload = std::string(random() % 70000, 'z');
        frame.fin = random() % 4 != 0;
        frame.masked = random() % 20 != 0;
        frame.reserved = random() % 25 == 0 ? 2 : 0;
        wire += frame.encode();
    }
    return wire;
}

} // namespace

TEST(ReceiverAndWslay, AgreeOnRandomFrames) {
    std::mt19937 random(20);
    constexpr unsigned runs = test::rounds(20000);
    unsigned refusedRuns = 0;
    for (unsigned round = 0; round < runs; ++round) {
        Wslay theirs;
        theirs.wire = randomWire(random);
        runWslay(theirs);

        std::string wire = theirs.wire;
        ws::Receiver receiver(1 << 20);
        test::Recorder ours;
        const auto violation =
            receiver.feed({reinterpret_cast<std::uint8_t*>(wire.data()), wire.size()}, ours);
        ASSERT_EQ(violation.has_value(), theirs.refused)
            << round << " " << (violation ? violation->reason : "")
            << testing::PrintToString(theirs.wire.substr(0, 40));
        ASSERT_EQ(ours.events, theirs.events) << round;
        refusedRuns += theirs.refused;
    }
    EXPECT_GT(refusedRuns, runs / 20);
    EXPECT_LT(refusedRuns, runs - runs / 20);
}
