#pragma once

#include "plugins/common/websocket/receiver.hpp"

#include <string>
#include <utility>
#include <vector>

namespace lm::test {

/// Writes down what a Receiver reports, one string per event.
class Recorder : public ws::FrameHandler {
public:
    void onBinary(ws::Bytes piece, bool end) override {
        binary.append(reinterpret_cast<const char*>(piece.data()), piece.size());
        if (end) events.push_back("binary " + std::exchange(binary, {}));
    }
    void onText(std::string_view text) override { events.push_back("text " + std::string(text)); }
    void onPing(std::string_view p) override { events.push_back("ping " + std::string(p)); }
    void onPong(std::string_view p) override { events.push_back("pong " + std::string(p)); }
    void onClose(std::uint16_t code, std::string_view reason) override {
        events.push_back("close " + std::to_string(code) + " " + std::string(reason));
    }

    std::vector<std::string> events;
    std::string binary; // of a message that has not ended
};

} // namespace lm::test
