#include "tests/support/twirppeer.hpp"

#include "service/json/json.hpp"
#include "service/json/object.hpp"

#include <algorithm>

namespace lm::test {
namespace {

using json::Object;

std::string at(const std::string& body, const char* camel, const char* snake) {
    const auto parsed = json::parse(body, "request");
    if (!parsed) return "";
    const std::string value = json::stringMember(parsed->get(), camel);
    return value.empty() ? json::stringMember(parsed->get(), snake) : value;
}

bool flagAt(const std::string& body, const char* name) {
    const auto parsed = json::parse(body, "request");
    JsonNode* node = parsed ? json::member(parsed->get(), name) : nullptr;
    return node && json_node_get_boolean(node);
}

json::Node egressNode(const TwirpPeer::Egress& egress) {
    Object info;
    info.text("egress_id", egress.id).text("room_id", "RM_" + egress.room).text("room_name", egress.room);
    info.text("source_type", "EGRESS_SOURCE_TYPE_SDK").text("status", egress.status);
    info.text("started_at", "1767225603000000000").text("ended_at", "0").text("updated_at", "0");
    Object request;
    request.text("room_name", egress.room);
    if (egress.kind == "track") request.text("track_id", egress.trackId).text("websocket_url", egress.url);
    info.node(egress.kind.c_str(), request.node());
    info.text("error", egress.error).count("error_code", egress.errorCode).text("details", "");
    info.null("backup_storage_used");
    return info.node();
}

json::Node trackNode(const TwirpPeer::Track& track) {
    Object node;
    node.text("sid", track.sid).text("type", track.type).text("name", "").boolean("muted", false);
    node.text("source", track.type == "AUDIO" ? "MICROPHONE" : "CAMERA").text("mime_type", "audio/red");
    return node.text("encryption", track.encryption).node();
}

Answer ok(std::string body) {
    return {200, {{"Content-Type", "application/json"}}, std::move(body)};
}

std::string roomsText(const TwirpPeer::World& world) {
    const auto room = [](const auto& entry) {
        Object node;
        node.text("sid", "RM_" + entry.first).text("name", entry.first).count("empty_timeout", 300);
        return node.text("creation_time", "1767225600").count("num_participants", 0).node();
    };
    return Object().node("rooms", json::array(world.rooms, room)).str();
}

std::string participantsText(const TwirpPeer::Participants& participants) {
    const auto one = [](const auto& entry) {
        Object node;
        node.text("sid", "PA_" + entry.first).text("identity", entry.first).text("state", "ACTIVE");
        node.node("tracks", json::array(entry.second, trackNode));
        return node.text("name", entry.first).text("kind", "STANDARD").text("joined_at", "1767225601").node();
    };
    return Object().node("participants", json::array(participants, one)).str();
}

bool live(const TwirpPeer::Egress& egress) {
    return egress.status == "EGRESS_STARTING" || egress.status == "EGRESS_ACTIVE" ||
           egress.status == "EGRESS_ENDING";
}

} // namespace

TwirpPeer::TwirpPeer()
    : peer_([this](const ReceivedPost& request, std::size_t) { return answer(request); }) {}

Answer TwirpPeer::error(unsigned status, const std::string& code, const std::string& message) {
    return {status,
            {{"Content-Type", "application/json"}},
            Object().text("code", code).text("msg", message).str()};
}

std::string TwirpPeer::egressJson(const Egress& egress) {
    return json::toText(egressNode(egress).get());
}

void TwirpPeer::answerNext(const std::string& method, Answer answer) {
    world_.lock()->next[method].push_back(std::move(answer));
}

std::vector<TwirpPeer::Egress> TwirpPeer::egresses() {
    return world_.lock()->egresses;
}

std::vector<ReceivedPost> TwirpPeer::requests(const std::string& method) {
    std::vector<ReceivedPost> found;
    for (auto& request : peer_.received())
        if (request.path.ends_with("/" + method)) found.push_back(std::move(request));
    return found;
}

Answer TwirpPeer::start(World& world, const std::string& kind, const std::string& body) {
    const std::string room = at(body, "roomName", "room_name");
    if (!world.rooms.contains(room)) return error(404, "not_found", "requested room does not exist");
    Egress egress{"EG_" + std::to_string(world.egresses.size() + 1),
                  room,
                  kind,
                  at(body, "trackId", "track_id"),
                  at(body, "websocketUrl", "websocket_url"),
                  "EGRESS_STARTING"};
    world.egresses.push_back(egress);
    return ok(egressJson(egress));
}

Answer TwirpPeer::answer(const ReceivedPost& request) {
    const std::string method = request.path.substr(request.path.rfind('/') + 1);
    auto world = world_.lock();
    if (auto& next = world->next[method]; !next.empty()) {
        const Answer first = next.front();
        next.erase(next.begin());
        return first;
    }
    if (!request.header("authorization").starts_with("Bearer ") || request.header("authorization").size() < 8)
        return {401, {{"Content-Type", "text/plain; charset=utf-8"}}, "invalid authorization header"};
    if (method == "ListRooms") return ok(roomsText(*world));
    if (method == "ListParticipants")
        return ok(participantsText(world->rooms[at(request.body, "room", "room")]));
    if (method == "StartTrackEgress") return start(*world, "track", request.body);
    if (method == "StartRoomCompositeEgress") return start(*world, "room_composite", request.body);
    if (method == "ListEgress") {
        std::vector<Egress> items;
        const std::string room = at(request.body, "roomName", "room_name");
        for (const Egress& egress : world->egresses)
            if ((room.empty() || egress.room == room) && (!flagAt(request.body, "active") || live(egress)))
                items.push_back(egress);
        return ok(Object().node("items", json::array(items, egressNode)).null("next_page_token").str());
    }
    if (method != "StopEgress") return error(404, "bad_route", "no handler for path");
    for (Egress& egress : world->egresses) {
        if (egress.id != at(request.body, "egressId", "egress_id")) continue;
        if (!live(egress))
            return error(412, "failed_precondition",
                         "egress with status " + egress.status + " cannot be stopped");
        egress.status = "EGRESS_ENDING";
        return ok(egressJson(egress));
    }
    return error(404, "not_found", "egress does not exist");
}

} // namespace lm::test
