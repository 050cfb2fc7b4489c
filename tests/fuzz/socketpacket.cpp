#include "service/socketio/jsontext.hpp"
#include "service/socketio/packet.hpp"
#include "tests/fuzz/promise.hpp"

// A packet that is let in keeps every rule, and written again it reads as the same.
// Input: the text of a message of Engine.IO.

using namespace lm;
using fuzz::promise;

namespace {

/// The packet as the server would write it.
std::string written(const socketio::Packet& packet) {
    using socketio::Type;
    socketio::Values values{packet.elements};
    for (std::size_t i = 0; i < packet.attachments; ++i)
        values.attachments.push_back(engineio::Outgoing::binary("x"));
    if (packet.type == Type::Ack || packet.type == Type::BinaryAck)
        return std::string(socketio::encodeAck(packet.space, *packet.id, values)[0]->packet());
    if (packet.type != Type::Event && packet.type != Type::BinaryEvent)
        return std::string(socketio::encodePlain(packet.type, packet.space, packet.payload)[0]->packet());
    const auto name = socketio::unquote(values.arguments[0]);
    if (!name) return {}; // a number: the server's names are texts
    values.arguments.erase(values.arguments.begin());
    return std::string(socketio::encodeEvent(packet.space, *name, values, packet.id)[0]->packet());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto packet = socketio::decode(fuzz::asText(data, size));
    if (!packet) return 0;
    promise(packet->space.starts_with('/') && packet->space.find(',') == std::string::npos, "a namespace");
    promise(packet->attachments <= socketio::maxAttachments, "few attachments");
    promise(packet->payload.empty() || socketio::isJson(packet->payload), "a payload is JSON");
    for (const std::string& element : packet->elements)
        promise(socketio::isJson(element), "a value is JSON");
    const std::string text = written(*packet);
    if (text.empty()) return 0;
    const auto again = socketio::decode(std::string_view(text).substr(1));
    promise(again && again->type == packet->type && again->space == packet->space, "written and read again");
    promise(again->payload == packet->payload, "the same payload");
    promise(again->elements.size() == packet->elements.size(), "as many values");
    for (std::size_t i = 1; i < packet->elements.size(); ++i)
        promise(again->elements[i] == packet->elements[i], "every value as it came");
    return 0;
}
