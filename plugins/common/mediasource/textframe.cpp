#include "plugins/common/mediasource/textframe.hpp"

#include "plugins/common/handles.hpp"
#include "plugins/common/jsonoutline.hpp"

#include <json-glib/json-glib.h>

namespace lm::mediasource {
namespace {

// json-glib recurses per level; real events are flat.
constexpr int maxDepth = 32;

} // namespace

TextFrame parseTextFrame(std::string_view text) {
    if (text.size() > maxTextBytes) return BadText{"it is too long"};
    if (const auto misfit = jsonMisfit(text, maxDepth)) return BadText{misfit->message};
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
