#include "plugins/common/websocket/receiver.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace lm::ws {
namespace {

bool isControl(Opcode opcode) {
    return (static_cast<unsigned>(opcode) & 0x8) != 0;
}

bool isKnown(Opcode opcode) {
    const auto value = static_cast<unsigned>(opcode);
    return value <= 2 || (value >= 8 && value <= 10);
}

std::string_view asText(std::span<const std::uint8_t> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Bytes of the header that starts with `b1` as its second byte.
unsigned headerLength(std::uint8_t b1) {
    const unsigned length = b1 & 0x7F;
    return 2 + (length == 126 ? 2 : length == 127 ? 8 : 0) + ((b1 & 0x80) != 0 ? 4 : 0);
}

} // namespace

std::optional<Violation> Receiver::fail(std::uint16_t code, std::string reason) {
    finished_ = true;
    return Violation{code, std::move(reason)};
}

std::optional<Violation> Receiver::feed(std::span<std::uint8_t> input, FrameHandler& handler) {
    while (!finished_) {
        if (!inPayload_) {
            if (!takeHeader(input)) return std::nullopt;
            if (auto violation = beginFrame()) return violation;
        }
        // An empty frame has its payload complete without a further byte.
        if (auto violation = takePayload(input, handler)) return violation;
        if (inPayload_) return std::nullopt;
    }
    return std::nullopt;
}

bool Receiver::takeHeader(std::span<std::uint8_t>& input) {
    unsigned wanted = headerSize_ < 2 ? 2 : headerLength(header_[1]);
    while (true) {
        const auto n = std::min<std::size_t>(wanted - headerSize_, input.size());
        std::memcpy(header_ + headerSize_, input.data(), n);
        headerSize_ += static_cast<unsigned>(n);
        input = input.subspan(n);
        if (headerSize_ < wanted) return false;
        if (wanted == headerLength(header_[1])) return true;
        wanted = headerLength(header_[1]);
    }
}

std::optional<Violation> Receiver::beginFrame() {
    const unsigned size = std::exchange(headerSize_, 0);
    fin_ = (header_[0] & 0x80) != 0;
    opcode_ = static_cast<Opcode>(header_[0] & 0x0F);
    if ((header_[0] & 0x70) != 0) return fail(closecode::ProtocolError, "reserved bits are set");
    if (!isKnown(opcode_)) return fail(closecode::ProtocolError, "unknown opcode");
    if ((header_[1] & 0x80) == 0) return fail(closecode::ProtocolError, "frame is not masked");

    length_ = header_[1] & 0x7F;
    if (length_ >= 126) {
        const unsigned bytes = length_ == 126 ? 2 : 8;
        length_ = 0;
        for (unsigned i = 0; i < bytes; ++i)
            length_ = length_ << 8 | header_[2 + i];
        if (length_ < (bytes == 2 ? 126u : 65536u)) // RFC 6455 5.2: the minimal form must be used
            return fail(closecode::ProtocolError, "frame length is not minimal");
        if (length_ >> 63) return fail(closecode::ProtocolError, "frame length is out of range");
    }
    std::memcpy(key_, header_ + size - 4, 4);
    offset_ = 0;
    inPayload_ = true;
    if (!isControl(opcode_)) return beginData();
    control_.clear();
    if (!fin_) return fail(closecode::ProtocolError, "control frame is fragmented");
    if (length_ > maxControlPayload) return fail(closecode::ProtocolError, "control frame is too long");
    return std::nullopt;
}

std::optional<Violation> Receiver::beginData() {
    if (opcode_ == Opcode::Continuation) {
        if (!message_) return fail(closecode::ProtocolError, "continuation without a message");
    } else {
        if (message_) return fail(closecode::ProtocolError, "new message inside a fragmented one");
        message_ = opcode_;
        messageBytes_ = 0;
    }
    if (length_ > maxMessageBytes_ - messageBytes_)
        return fail(closecode::TooBig,
                    "message is larger than " + std::to_string(maxMessageBytes_) + " bytes");
    messageBytes_ += length_;
    return std::nullopt;
}

std::optional<Violation> Receiver::takePayload(std::span<std::uint8_t>& input, FrameHandler& handler) {
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(length_ - offset_, input.size()));
    const auto piece = input.first(n);
    input = input.subspan(n);
    applyMask(piece, key_, offset_);
    offset_ += n;
    const bool frameEnd = offset_ == length_;
    inPayload_ = !frameEnd;

    if (isControl(opcode_)) {
        control_.append(asText(piece));
        return frameEnd ? endControl(handler) : std::nullopt;
    }
    const bool end = frameEnd && fin_;
    const Opcode type = *message_;
    if (end) message_.reset();
    if (type == Opcode::Text) return takeText(asText(piece), end, handler);
    if (n > 0 || end) handler.onBinary(piece, end);
    return std::nullopt;
}

std::optional<Violation> Receiver::takeText(std::string_view piece, bool end, FrameHandler& handler) {
    if (!utf8_.feed(piece) || (end && !utf8_.complete()))
        return fail(closecode::InvalidPayload, "text is not valid UTF-8");
    text_.append(piece);
    if (!end) return std::nullopt;
    handler.onText(text_);
    text_.clear();
    if (text_.capacity() > 4096) text_.shrink_to_fit();
    utf8_.reset();
    return std::nullopt;
}

std::optional<Violation> Receiver::endControl(FrameHandler& handler) {
    if (opcode_ == Opcode::Close) return endClose(handler);
    if (opcode_ == Opcode::Ping) handler.onPing(control_);
    if (opcode_ == Opcode::Pong) handler.onPong(control_);
    return std::nullopt;
}

std::optional<Violation> Receiver::endClose(FrameHandler& handler) {
    if (control_.empty()) {
        finished_ = true;
        handler.onClose(closecode::NoStatus, {});
        return std::nullopt;
    }
    if (control_.size() == 1) return fail(closecode::ProtocolError, "Close carries half a code");
    const auto code = static_cast<std::uint16_t>(static_cast<std::uint8_t>(control_[0]) << 8 |
                                                 static_cast<std::uint8_t>(control_[1]));
    if (!isWireCloseCode(code)) return fail(closecode::ProtocolError, "Close carries a reserved code");
    const auto reason = std::string_view(control_).substr(2);
    Utf8Checker check;
    if (!check.feed(reason) || !check.complete())
        return fail(closecode::InvalidPayload, "Close reason is not valid UTF-8");
    finished_ = true;
    handler.onClose(code, reason);
    return std::nullopt;
}

} // namespace lm::ws
