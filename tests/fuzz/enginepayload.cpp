#include "service/engineio/base64.hpp"
#include "service/engineio/packet.hpp"
#include "tests/fuzz/promise.hpp"

// What was read of a payload, written again, reads as the same; and no packet is larger than what it came in.
// Input: the body of a push.

using namespace lm;
using fuzz::promise;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view body = fuzz::asText(data, size);
    const engineio::Payload read = engineio::decodePayload(body);
    std::string again;
    std::size_t bytes = 0;
    for (const engineio::Packet& packet : read.packets) {
        bytes += packet.data.size();
        const std::string text = packet.binary ? packet.data : static_cast<char>(packet.type) + packet.data;
        engineio::appendToPayload(again, text, packet.binary);
    }
    promise(bytes <= size, "packets are part of the body");
    promise(read.valid || read.packets.size() < size + 1, "what is invalid has an end");
    if (!read.packets.empty()) {
        const engineio::Payload once = engineio::decodePayload(again);
        promise(once.valid && once.packets == read.packets, "written and read again");
    }
    promise(engineio::decodeBase64(engineio::encodeBase64(body)) == body, "base64 there and back");
    return 0;
}
