#include "plugins/common/mediasource/textframe.hpp"

#include "plugins/common/handles.hpp"

#include <json-glib/json-glib.h>

namespace lm::mediasource {
namespace {

// json-glib recurses per level; real events are flat.
constexpr int maxDepth = 32;

/// What is wrong with the text before json-glib sees it, or nothing. Brackets in strings are no nesting,
/// neither down nor up: and there are no comments, which json-glib would skip, to hide a quotation mark in.
const char* unfit(std::string_view text) {
    int depth = 0;
    bool inString = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (inString) {
            if (c == '\\') ++i;
            if (c == '"') inString = false;
        } else if (c == '"') {
            inString = true;
        } else if (c == '/') {
            return "it is not JSON";
        } else if (c == '{' || c == '[') {
            if (++depth > maxDepth) return "it is nested too deeply";
        } else if (c == '}' || c == ']') {
            --depth;
        }
    }
    return nullptr;
}

} // namespace

TextFrame parseTextFrame(std::string_view text) {
    if (text.size() > maxTextBytes) return BadText{"it is too long"};
    if (const char* reason = unfit(text)) return BadText{reason};
    auto parser = Ref<JsonParser>::adopt(json_parser_new_immutable());
    // Strictness does not depend on the parser's guesses: an empty text is no JSON.
    if (!json_parser_load_from_data(parser.get(), text.data(), static_cast<gssize>(text.size()), nullptr))
        return BadText{"it is not JSON"};
    JsonNode* root = json_parser_get_root(parser.get());
    if (!root || !JSON_NODE_HOLDS_OBJECT(root)) return BadText{"it is not a JSON object"};
    JsonNode* muted = json_object_get_member(json_node_get_object(root), "muted");
    if (!muted) return OtherText{};
    if (json_node_get_value_type(muted) != G_TYPE_BOOLEAN)
        return BadText{"\"muted\" is neither true nor false"};
    return MuteText{json_node_get_boolean(muted) != FALSE};
}

} // namespace lm::mediasource
