#include "service/engineio/outgoing.hpp"

#include "plugins/common/websocket/frame.hpp"
#include "service/engineio/packet.hpp"

namespace lm::engineio {

SharedOutgoing Outgoing::packet(std::string_view text) {
    return SharedOutgoing(new Outgoing(ws::encodeFrame(ws::Opcode::Text, text), text.size(), false));
}

SharedOutgoing Outgoing::text(std::string_view data) {
    std::string whole(1, static_cast<char>(Type::Message));
    whole += data;
    return packet(whole);
}

SharedOutgoing Outgoing::frame(std::string frame) {
    return SharedOutgoing(new Outgoing(std::move(frame), 0, false));
}

SharedOutgoing Outgoing::binary(std::string_view bytes) {
    return SharedOutgoing(new Outgoing(ws::encodeFrame(ws::Opcode::Binary, bytes), bytes.size(), true));
}

} // namespace lm::engineio
