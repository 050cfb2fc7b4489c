#pragma once

#include "service/socketio/packet.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace lm::socketio {

/// JSON as MessagePack (github.com/msgpack/msgpack/blob/master/spec.md); the placeholders of attachments
/// become their bytes. nullopt when the text is no JSON.
std::optional<std::string> toMsgpack(std::string_view json,
                                     const std::vector<engineio::SharedOutgoing>& attachments);

/// MessagePack as JSON, in which bytes are placeholders of `attachments`; a time (extension -1) becomes a
/// number of seconds. nullopt when it is none, deeper than `maxJsonDepth`, or has other extensions.
struct Unpacked {
    std::string json;
    std::vector<engineio::SharedOutgoing> attachments;
};
std::optional<Unpacked> fromMsgpack(std::string_view bytes);

} // namespace lm::socketio
