#pragma once

#include <string>
#include <string_view>
#include <variant>

namespace lm::mediasource {

/// `{"muted":true}`: what LiveKit's egress sends, one to three seconds ahead of the audio it speaks of.
struct MuteText {
    bool muted;
};
/// Another JSON object, for whoever listens.
struct OtherText {};
/// Not a JSON object; the reason is for people and quotes nothing of the text.
struct BadText {
    std::string reason;
};

using TextFrame = std::variant<MuteText, OtherText, BadText>;

/// LiveKit's texts have 14 bytes; a longer one than this is not parsed.
inline constexpr std::size_t maxTextBytes = 16 * 1024;

TextFrame parseTextFrame(std::string_view text);

} // namespace lm::mediasource
