#include "service/socketio/decoder.hpp"

namespace lm::socketio {

namespace {

/// As memory goes: an element of one letter costs a string.
std::size_t sizeOf(const Packet& packet) {
    std::size_t bytes = packet.payload.size();
    for (const std::string& element : packet.elements)
        bytes += sizeof element + element.size();
    return bytes;
}

} // namespace

Decoder::Status Decoder::text(std::string_view text) {
    if (waiting_) return Status::Broken;
    auto packet = decode(text);
    if (!packet) return Status::Broken;
    waiting_ = packet->attachments > 0;
    received_ = {std::move(*packet)};
    held_ = waiting_ ? sizeOf(received_.packet) : 0;
    return waiting_ ? Status::Waiting : Status::Complete;
}

Decoder::Status Decoder::binary(std::string_view bytes) {
    if (!waiting_) return Status::Broken;
    received_.attachments.push_back(engineio::Outgoing::binary(bytes));
    held_ += bytes.size();
    waiting_ = received_.attachments.size() < received_.packet.attachments;
    if (waiting_) return Status::Waiting;
    held_ = 0;
    return Status::Complete;
}

} // namespace lm::socketio
