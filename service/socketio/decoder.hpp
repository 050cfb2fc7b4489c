#pragma once

#include "service/socketio/packet.hpp"

#include <utility>

namespace lm::socketio {

/// Puts the packets of one client together: the text of a binary packet, then its attachments.
class Decoder {
public:
    struct Received {
        Packet packet;
        std::vector<engineio::SharedOutgoing> attachments = {};
    };
    enum class Status {
        Complete, // `take` has a packet
        Waiting,  // for attachments
        Broken,   // a rule was broken: the client is to be sent away
    };

    Status text(std::string_view text);
    Status binary(std::string_view bytes);
    Received take() { return std::exchange(received_, {}); }
    /// Bytes of a packet that waits for attachments.
    std::size_t held() const { return held_; }

private:
    Received received_;
    bool waiting_ = false;
    std::size_t held_ = 0;
};

} // namespace lm::socketio
