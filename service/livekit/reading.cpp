#include "service/livekit/reading.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace lm::livekit {
namespace {

/// `room_name` as `roomName`.
std::string camel(const char* snake) {
    std::string out;
    bool up = false;
    for (; *snake; ++snake) {
        if (*snake == '_') {
            up = true;
            continue;
        }
        out += up ? static_cast<char>(*snake - 'a' + 'A') : *snake;
        up = false;
    }
    return out;
}

/// The member by its name in the protocol, in either spelling.
JsonNode* field(JsonNode* object, const char* name) {
    if (JsonNode* node = json::member(object, name)) return node;
    return json::member(object, camel(name).c_str());
}

std::string textAt(JsonNode* object, const char* name) {
    JsonNode* node = field(object, name);
    if (!node || json_node_get_value_type(node) != G_TYPE_STRING) return {};
    return json_node_get_string(node);
}

std::int64_t integerAt(JsonNode* object, const char* name) {
    JsonNode* node = field(object, name);
    if (!node || !JSON_NODE_HOLDS_VALUE(node)) return 0;
    if (json_node_get_value_type(node) == G_TYPE_INT64) return json_node_get_int(node);
    if (json_node_get_value_type(node) == G_TYPE_DOUBLE) {
        const double value = json_node_get_double(node);
        return std::fabs(value) < 9e18 ? static_cast<std::int64_t>(value) : 0;
    }
    const std::string text = textAt(object, name);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? value : 0;
}

bool flagAt(JsonNode* object, const char* name) {
    JsonNode* node = field(object, name);
    return node && json_node_get_value_type(node) == G_TYPE_BOOLEAN && json_node_get_boolean(node);
}

/// An enum by its name, or by its number: the place of the name in `names`. Absent: the first.
template <std::size_t N>
std::size_t enumAt(JsonNode* object, const char* name, const std::array<const char*, N>& names,
                   std::size_t unknown) {
    JsonNode* node = field(object, name);
    if (!node || !JSON_NODE_HOLDS_VALUE(node)) return 0;
    if (json_node_get_value_type(node) == G_TYPE_STRING) {
        const std::string text = json_node_get_string(node);
        const auto found = std::find(names.begin(), names.end(), text);
        return found == names.end() ? unknown : static_cast<std::size_t>(found - names.begin());
    }
    const std::int64_t number = integerAt(object, name);
    return number >= 0 && number < static_cast<std::int64_t>(N) ? static_cast<std::size_t>(number) : unknown;
}

constexpr std::array statusNames{"EGRESS_STARTING",     "EGRESS_ACTIVE", "EGRESS_ENDING",
                                 "EGRESS_COMPLETE",     "EGRESS_FAILED", "EGRESS_ABORTED",
                                 "EGRESS_LIMIT_REACHED"};
constexpr std::array kindNames{"AUDIO", "VIDEO", "DATA"};
constexpr std::array encryptionNames{"NONE", "GCM", "CUSTOM"};
constexpr std::array participantKinds{"STANDARD", "INGRESS", "EGRESS", "SIP", "AGENT"};
constexpr std::array sources{"UNKNOWN", "CAMERA", "MICROPHONE", "SCREEN_SHARE", "SCREEN_SHARE_AUDIO"};

std::string enumText(JsonNode* object, const char* name, const auto& names) {
    if (const std::string text = textAt(object, name); !text.empty()) return text;
    return names[enumAt(object, name, names, 0)];
}

template <typename T, typename Read> std::vector<T> readList(JsonNode* object, const char* name, Read read) {
    std::vector<T> all;
    JsonNode* node = field(object, name);
    if (!node || !JSON_NODE_HOLDS_ARRAY(node)) return all;
    JsonArray* array = json_node_get_array(node);
    const guint count = json_array_get_length(array);
    for (guint i = 0; i < count && all.size() < maxItems; ++i)
        all.push_back(read(json_array_get_element(array, i)));
    return all;
}

bool holdsObject(JsonNode* object, const char* name) {
    JsonNode* node = field(object, name);
    return node && JSON_NODE_HOLDS_OBJECT(node);
}

} // namespace

const char* nameOf(EgressStatus status) {
    return statusNames[static_cast<std::size_t>(status)];
}

Track readTrack(JsonNode* node) {
    Track track;
    track.sid = textAt(node, "sid");
    track.kind = static_cast<TrackKind>(enumAt(node, "type", kindNames, 2));
    track.source = enumText(node, "source", sources);
    track.mimeType = textAt(node, "mime_type");
    track.muted = flagAt(node, "muted");
    track.encrypted = enumAt(node, "encryption", encryptionNames, 2) != 0;
    return track;
}

Participant readParticipant(JsonNode* node) {
    Participant participant;
    participant.sid = textAt(node, "sid");
    participant.identity = textAt(node, "identity");
    participant.name = textAt(node, "name");
    participant.kind = enumText(node, "kind", participantKinds);
    participant.tracks = readList<Track>(node, "tracks", readTrack);
    return participant;
}

Room readRoom(JsonNode* node) {
    Room room;
    room.sid = textAt(node, "sid");
    room.name = textAt(node, "name");
    room.participants =
        static_cast<std::uint64_t>(std::max<std::int64_t>(integerAt(node, "num_participants"), 0));
    room.createdAtMs = integerAt(node, "creation_time_ms");
    constexpr std::int64_t latest = 9'000'000'000;                 // seconds; what is later is no time
    const std::int64_t seconds = integerAt(node, "creation_time"); // all that older servers say
    if (room.createdAtMs <= 0 && seconds > 0 && seconds < latest) room.createdAtMs = seconds * 1000;
    if (room.createdAtMs < 0 || room.createdAtMs >= latest * 1000) room.createdAtMs = 0;
    return room;
}

Egress readEgress(JsonNode* node) {
    Egress egress;
    egress.id = textAt(node, "egress_id");
    egress.roomName = textAt(node, "room_name");
    egress.roomSid = textAt(node, "room_id");
    egress.status = static_cast<EgressStatus>(
        enumAt(node, "status", statusNames, static_cast<std::size_t>(EgressStatus::Failed)));
    if (holdsObject(node, "track")) {
        JsonNode* track = field(node, "track");
        egress.kind = EgressKind::Track;
        egress.trackId = textAt(track, "track_id");
        egress.websocketUrl = textAt(track, "websocket_url");
    } else if (holdsObject(node, "room_composite")) {
        egress.kind = EgressKind::RoomComposite;
    }
    egress.error = textAt(node, "error");
    egress.errorCode =
        static_cast<std::uint32_t>(std::clamp<std::int64_t>(integerAt(node, "error_code"), 0, 999));
    egress.details = textAt(node, "details");
    egress.startedAtNs = integerAt(node, "started_at");
    egress.endedAtNs = integerAt(node, "ended_at");
    return egress;
}

std::vector<Room> readRooms(JsonNode* answer) {
    return readList<Room>(answer, "rooms", readRoom);
}

std::vector<Participant> readParticipants(JsonNode* answer) {
    return readList<Participant>(answer, "participants", readParticipant);
}

std::vector<Egress> readEgresses(JsonNode* answer, std::string& nextPage) {
    JsonNode* token = field(answer, "next_page_token");
    nextPage = token ? textAt(token, "token") : "";
    return readList<Egress>(answer, "items", readEgress);
}

} // namespace lm::livekit
