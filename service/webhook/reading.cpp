#include "service/webhook/reading.hpp"

#include "service/json/json.hpp"
#include "service/livekit/reading.hpp"

#include <charconv>
#include <iterator>

namespace lm::webhook {
namespace {

struct Name {
    const char* text;
    Kind kind;
};
constexpr Name names[] = {
    {"room_started", Kind::RoomStarted},         {"room_created", Kind::RoomStarted},
    {"room_finished", Kind::RoomFinished},       {"room_ended", Kind::RoomFinished},
    {"room_deleted", Kind::RoomFinished},        {"participant_joined", Kind::ParticipantJoined},
    {"participant_left", Kind::ParticipantLeft}, {"participant_connection_aborted", Kind::ParticipantAborted},
    {"track_published", Kind::TrackPublished},   {"track_unpublished", Kind::TrackUnpublished},
    {"egress_started", Kind::EgressStarted},     {"egress_updated", Kind::EgressUpdated},
    {"egress_ended", Kind::EgressEnded},
};

Kind kindOf(const std::string& name) {
    for (const Name& known : names)
        if (name == known.text) return known.kind;
    return Kind::Other;
}

/// Seconds since the Unix epoch, as a string or a number.
std::optional<domain::UtcTime> timeOf(JsonNode* node) {
    if (!node || !JSON_NODE_HOLDS_VALUE(node)) return std::nullopt;
    std::int64_t seconds = 0;
    if (json_node_get_value_type(node) == G_TYPE_INT64) {
        seconds = json_node_get_int(node);
    } else if (json_node_get_value_type(node) == G_TYPE_STRING) {
        const std::string_view text = json_node_get_string(node);
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
        if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    }
    constexpr std::int64_t latest = 9'000'000'000; // nanoseconds since the epoch still fit
    if (seconds <= 0 || seconds > latest) return std::nullopt;
    return domain::UtcTime(std::chrono::seconds(seconds));
}

/// The message at `name` when there is one.
template <typename T> std::optional<T> part(JsonNode* body, const char* name, T (*read)(JsonNode*)) {
    JsonNode* node = json::member(body, name);
    if (!node || !JSON_NODE_HOLDS_OBJECT(node)) return std::nullopt;
    return read(node);
}

Error missing(const Event& event, const char* member) {
    return {std::string(member) + " is required of " + event.name + ", with 1 to " +
                std::to_string(longestId) + " characters.",
            member};
}

bool isId(const std::string& text) {
    return !text.empty() && text.size() <= longestId;
}

/// What an event must name to mean anything. LiveKit leaves out the room of tracks at times.
std::optional<Error> incomplete(const Event& event) {
    switch (event.kind) {
    case Kind::RoomStarted:
    case Kind::RoomFinished:
        if (!event.room || !isId(event.room->sid)) return missing(event, "room.sid");
        break;
    case Kind::ParticipantJoined:
    case Kind::ParticipantLeft:
    case Kind::ParticipantAborted:
        if (!event.participant) return missing(event, "participant");
        break;
    case Kind::TrackPublished:
    case Kind::TrackUnpublished:
        if (!event.track || !isId(event.track->sid)) return missing(event, "track.sid");
        break;
    case Kind::EgressStarted:
    case Kind::EgressUpdated:
    case Kind::EgressEnded:
        if (!event.egress || !isId(event.egress->id)) return missing(event, "egressInfo.egressId");
        break;
    case Kind::Other:
        break;
    }
    return std::nullopt;
}

} // namespace

Result<Event> readEvent(std::string_view body, domain::UtcTime arrived) {
    const auto parsed = json::parse(body, "body");
    if (!parsed) return Error{"The body is no JSON: " + parsed.error().message + ".", parsed.error().where};
    JsonNode* node = parsed->get();
    if (!JSON_NODE_HOLDS_OBJECT(node)) return Error{"The body must be a JSON object.", "body"};
    Event event;
    event.name = json::stringMember(node, "event");
    if (event.name.empty() || event.name.size() > longestId)
        return Error{"event is required: the name of what happened, such as room_started.", "event"};
    event.kind = kindOf(event.name);
    event.id = json::stringMember(node, "id");
    if (event.id.size() > longestId) return Error{"id is too long.", "id"};
    event.createdAt = timeOf(json::member(node, "createdAt")).value_or(arrived);
    event.room = part(node, "room", livekit::readRoom);
    event.participant = part(node, "participant", livekit::readParticipant);
    event.track = part(node, "track", livekit::readTrack);
    event.egress = part(node, "egressInfo", livekit::readEgress);
    if (event.room && event.room->sid.size() > longestId) return Error{"room.sid is too long.", "room.sid"};
    if (auto error = incomplete(event)) return *error;
    return event;
}

} // namespace lm::webhook
