#include "service/engineio/packet.hpp"

#include "service/domain/utf8.hpp"
#include "service/engineio/base64.hpp"

#include <algorithm>

namespace lm::engineio {
namespace {

constexpr char binaryMark = 'b';

} // namespace

std::optional<Packet> decodePacket(std::string_view text) {
    if (text.empty() || text[0] < '0' || text[0] > '6') return std::nullopt;
    return Packet{static_cast<Type>(text[0]), std::string(text.substr(1))};
}

Payload decodePayload(std::string_view body, std::size_t maxPackets) {
    Payload payload;
    while (true) {
        const std::size_t end = std::min(body.find(separator), body.size());
        const std::string_view text = body.substr(0, end);
        auto packet = text.starts_with(binaryMark) ? Packet{Type::Message, decodeBase64(text.substr(1)), true}
                                                   : decodePacket(text);
        // A WebSocket's text is checked as it arrives; what is not UTF-8 must not get into one.
        if (packet && !packet->binary && !domain::isUtf8(text)) packet.reset();
        if (!packet || payload.packets.size() == maxPackets) {
            payload.valid = false;
            return payload;
        }
        payload.packets.push_back(std::move(*packet));
        if (end == body.size()) return payload;
        body.remove_prefix(end + 1);
    }
}

void appendToPayload(std::string& body, std::string_view packet, bool binary) {
    if (!body.empty()) body += separator;
    if (!binary) {
        body += packet;
        return;
    }
    body += binaryMark;
    body += encodeBase64(packet);
}

} // namespace lm::engineio
