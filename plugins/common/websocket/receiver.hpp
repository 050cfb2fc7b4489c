#pragma once

#include "plugins/common/websocket/frame.hpp"
#include "plugins/common/websocket/utf8.hpp"

#include <optional>
#include <string>

namespace lm::ws {

/// What a Receiver finds in the byte stream. Views are valid during the call only.
class FrameHandler {
public:
    virtual ~FrameHandler() = default;
    /// A piece of a binary message, in order, as soon as it is there; `end` marks the last piece of the
    /// message, which may be empty.
    virtual void onBinary(Bytes piece, bool end) = 0;
    /// A whole text message, valid UTF-8.
    virtual void onText(std::string_view text) = 0;
    virtual void onPing(std::string_view payload) = 0;
    virtual void onPong(std::string_view payload) = 0;
    /// The peer's Close; NoStatus when it carried no code.
    virtual void onClose(std::uint16_t code, std::string_view reason) = 0;
};

/// Why the connection has to be failed: the close code to send and a reason for people.
struct Violation {
    std::uint16_t code;
    std::string reason;
};

/// The receiving half of RFC 6455 for a server: an incremental parser over a byte stream cut anywhere.
///
/// Binary payload is unmasked in place and handed on without being gathered, so a track costs no buffer; text
/// is gathered up to `maxMessageBytes`. Extensions are not negotiated, so reserved bits must be zero. Not
/// thread-safe. Written here and not taken from a library because it is the hot path: libwslay spends about
/// twenty times as long on a message, most of it unmasking byte by byte.
class Receiver {
public:
    explicit Receiver(std::uint64_t maxMessageBytes) : maxMessageBytes_(maxMessageBytes) {}

    /// Parses `input`, whose bytes it may change, and reports to `handler` as it goes. After a Close or a
    /// violation everything further is ignored.
    std::optional<Violation> feed(std::span<std::uint8_t> input, FrameHandler& handler);
    bool finished() const { return finished_; }
    /// Bytes of a text message that is not complete.
    std::size_t held() const { return text_.size(); }

private:
    /// Parses one more byte range of the header; true when the header is complete.
    bool takeHeader(std::span<std::uint8_t>& input);
    std::optional<Violation> beginFrame();
    std::optional<Violation> beginData();
    std::optional<Violation> takePayload(std::span<std::uint8_t>& input, FrameHandler& handler);
    std::optional<Violation> takeText(std::string_view piece, bool end, FrameHandler& handler);
    std::optional<Violation> endControl(FrameHandler& handler);
    std::optional<Violation> endClose(FrameHandler& handler);
    std::optional<Violation> fail(std::uint16_t code, std::string reason);

    std::uint64_t maxMessageBytes_;
    bool finished_ = false;

    std::uint8_t header_[14]; // 2 + 8 (length) + 4 (masking key)
    unsigned headerSize_ = 0; // bytes there
    bool inPayload_ = false;
    Opcode opcode_ = Opcode::Binary;
    bool fin_ = false;
    std::uint8_t key_[4] = {};
    std::uint64_t length_ = 0; // of this frame's payload
    std::uint64_t offset_ = 0; // of it, taken

    std::optional<Opcode> message_; // the type of a data message that has begun and not ended
    std::uint64_t messageBytes_ = 0;
    std::string text_;
    Utf8Checker utf8_;
    std::string control_; // payload of a control frame
};

} // namespace lm::ws
