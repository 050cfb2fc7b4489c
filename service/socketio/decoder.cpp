#include "service/socketio/decoder.hpp"

namespace lm::socketio {

Decoder::Status Decoder::text(std::string_view text) {
    if (waiting_) return Status::Broken;
    auto packet = decode(text);
    if (!packet) return Status::Broken;
    waiting_ = packet->attachments > 0;
    received_ = {std::move(*packet)};
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
