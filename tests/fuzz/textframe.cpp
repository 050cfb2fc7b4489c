#include "plugins/common/mediasource/textframe.hpp"
#include "tests/fuzz/promise.hpp"

#include <algorithm>

// A text of a peer is read within its bounds, and white space around it changes nothing.
// Input: the text.

using namespace lm::mediasource;
using lm::fuzz::promise;

namespace {

/// How deep JSON is nested, counted as RFC 8259 says: brackets in strings are text.
int depthOf(std::string_view json) {
    int depth = 0, deepest = 0;
    bool inString = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        if (inString && json[i] == '\\') {
            ++i;
        } else if (json[i] == '"') {
            inString = !inString;
        } else if (!inString) {
            depth += (json[i] == '{' || json[i] == '[') - (json[i] == '}' || json[i] == ']');
            deepest = std::max(deepest, depth);
        }
    }
    return deepest;
}

/// Told apart by more than the kind: which way it mutes, what is wrong.
std::string meaning(const TextFrame& frame) {
    if (const auto* mute = std::get_if<MuteText>(&frame)) return mute->muted ? "muted" : "unmuted";
    if (const auto* bad = std::get_if<BadText>(&frame)) return "bad: " + bad->reason;
    return "other";
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(lm::fuzz::asText(data, size));
    const TextFrame frame = parseTextFrame(text);
    if (const auto* bad = std::get_if<BadText>(&frame)) {
        promise(!bad->reason.empty() && bad->reason.size() < 80, "says briefly what is wrong");
        return 0;
    }
    promise(size <= maxTextBytes, "a long text is not parsed");
    promise(depthOf(text) <= 32, "a deep text is not parsed");
    if (size + 3 <= maxTextBytes)
        promise(meaning(parseTextFrame(" \n" + text + "\t")) == meaning(frame), "white space is nothing");
    return 0;
}
