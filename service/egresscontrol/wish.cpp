#include "service/egresscontrol/wish.hpp"

#include "service/json/json.hpp"

namespace lm::egresscontrol {
namespace {

constexpr std::size_t longestRoom = 4096, longestTrack = 128; // bytes

Result<std::string> textField(JsonNode* object, const char* name, std::size_t longest) {
    const std::string text = json::stringMember(object, name);
    if (!text.empty() && text.size() <= longest) return text;
    return Error{std::string(name) + " is required: a text of 1 to " + std::to_string(longest) + " bytes.",
                 name};
}

} // namespace

Result<Wish> readWish(const std::string& body) {
    const auto parsed = json::parse(body, "body");
    if (!parsed) return Error{"The body is no JSON: " + json::describe(parsed.error()) + "."};
    JsonNode* object = parsed->get();
    if (!JSON_NODE_HOLDS_OBJECT(object)) return Error{"The body must be a JSON object."};
    JsonObjectIter iter;
    const char* name = nullptr;
    json_object_iter_init(&iter, json_node_get_object(object));
    while (json_object_iter_next(&iter, &name, nullptr)) {
        const std::string_view field = name;
        if (field != "roomName" && field != "trackId")
            return Error{"There is no such field; there are: roomName, trackId.",
                         std::string(field.substr(0, 100))};
    }
    const auto room = textField(object, "roomName", longestRoom);
    if (!room) return room.error();
    const auto track = textField(object, "trackId", longestTrack);
    if (!track) return track.error();
    return Wish{*room, *track};
}

} // namespace lm::egresscontrol
