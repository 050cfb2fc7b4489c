#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace lm::engineio {

/// A packet on its way to any number of sessions: encoded once, shared by their queues, never changed.
class Outgoing {
public:
    /// A whole packet, its digit included.
    static std::shared_ptr<const Outgoing> packet(std::string_view text);
    /// A message of text, valid UTF-8.
    static std::shared_ptr<const Outgoing> text(std::string_view data);
    static std::shared_ptr<const Outgoing> binary(std::string_view bytes);

    /// A frame of a WebSocket that is no packet.
    static std::shared_ptr<const Outgoing> frame(std::string frame);

    /// For a WebSocket: an RFC 6455 frame. Never moves.
    std::string_view frame() const { return frame_; }
    /// For a payload of polling.
    std::string_view packet() const { return std::string_view(frame_).substr(header_); }
    bool isBinary() const { return binary_; }
    /// What it takes in a queue.
    std::size_t size() const { return frame_.size(); }

private:
    Outgoing(std::string frame, std::size_t payload, bool binary)
        : frame_(std::move(frame)), header_(frame_.size() - payload), binary_(binary) {}

    const std::string frame_;
    const std::size_t header_;
    const bool binary_;
};

using SharedOutgoing = std::shared_ptr<const Outgoing>;

} // namespace lm::engineio
