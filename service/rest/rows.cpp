#include "service/rest/rows.hpp"

#include "service/domain/utc.hpp"

namespace lm::rest {
namespace {

using json::Object;

json::Node timeOf(const std::optional<domain::UtcTime>& time) {
    return time ? json::text(domain::utcText(*time)) : json::Node();
}

json::Node textOf(const std::optional<std::string>& text) {
    return text ? json::text(*text) : json::Node();
}

std::uint64_t natural(std::int64_t number) {
    return number < 0 ? 0 : static_cast<std::uint64_t>(number);
}

json::Node countOf(const std::optional<std::int64_t>& number) {
    if (!number) return {};
    auto node = json::Node::adopt(json_node_new(JSON_NODE_VALUE));
    json_node_set_int(node.get(), *number);
    return node;
}

/// What the analysis service said; as a text when it is no JSON after all.
json::Node answerOf(const std::optional<std::string>& answer) {
    if (!answer) return {};
    auto parsed = json::parse(*answer, "answer");
    return parsed ? *parsed : json::text(*answer);
}

} // namespace

json::Object toJson(const store::Session& session) {
    Object object;
    object.text("id", session.id)
        .text("meetingId", session.meetingId)
        .text("roomName", session.roomName)
        .text("roomSid", session.roomSid)
        .text("status", store::statusName(session.status))
        .text("createdAt", domain::utcText(session.createdAt))
        .node("startedAt", timeOf(session.startedAt))
        .node("endedAt", timeOf(session.endedAt));
    return object;
}

json::Node toJson(const store::User& user) {
    return Object()
        .text("id", user.id)
        .text("email", user.email)
        .text("name", user.name)
        .text("createdAt", domain::utcText(user.createdAt))
        .text("updatedAt", domain::utcText(user.updatedAt))
        .node();
}

json::Node toJson(const store::Recording& recording) {
    return Object()
        .text("id", recording.id())
        .count("part", natural(recording.part))
        .text("file", recording.path)
        .text("audio", "/api/recordings/" + recording.id() + "/audio")
        .count("sampleRate", natural(recording.sampleRate))
        .count("channels", natural(recording.channels))
        .count("firstSample", natural(recording.firstSample))
        .node("samples", countOf(recording.samples))
        .node("startedAt", timeOf(recording.startedAt))
        .node();
}

json::Node toJson(const store::Block& block) {
    return Object()
        .count("sequence", natural(block.sequence))
        .count("firstSample", natural(block.firstSample))
        .count("samples", natural(block.samples))
        .node("startedAt", timeOf(block.startedAt))
        .text("state", store::stateName(block.state))
        .count("attempts", natural(block.attempts))
        .count("httpStatus", natural(block.httpStatus))
        .node("reason", textOf(block.reason))
        .node("deliveredAt", timeOf(block.deliveredAt))
        .node("answer", answerOf(block.answer))
        .node();
}

json::Object toJson(const Results& results) {
    Object object;
    object.node("results", json::array(results.blocks, [](const store::Block& b) { return toJson(b); }))
        .node("nextSequence", countOf(results.next));
    return object;
}

json::Node toJson(const store::Track& track, const std::vector<store::Recording>& recordings,
                  const Results& results) {
    Object object;
    object.text("id", track.id)
        .text("trackId", track.trackId)
        .text("roomName", track.roomName)
        .text("participant", track.participant)
        .node("sampleRate", countOf(track.sampleRate))
        .node("channels", countOf(track.channels))
        .text("startedAt", domain::utcText(track.startedAt))
        .node("firstSampleAt", timeOf(track.firstSampleAt))
        .node("endedAt", timeOf(track.endedAt))
        .node("outcome", textOf(track.outcome))
        .node("message", textOf(track.message))
        .node("recordings", json::array(recordings, [](const store::Recording& r) { return toJson(r); }))
        .node("results", json::array(results.blocks, [](const store::Block& b) { return toJson(b); }))
        .node("nextSequence", countOf(results.next));
    return object.node();
}

} // namespace lm::rest
