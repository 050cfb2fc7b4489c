#include "service/trackstate/recordjson.hpp"

#include "service/json/object.hpp"

namespace lm::trackstate {
namespace {

using json::Object;

json::Node utc(const std::optional<domain::UtcTime>& time) {
    return time ? json::text(domain::utcText(*time)) : json::Node();
}

json::Node formatOf(const Record& record) {
    return Object()
        .count("rate", record.rate)
        .count("channels", record.channels)
        .node("alarm", record.formatAlarm ? json::text(*record.formatAlarm) : json::Node())
        .node();
}

json::Node levelOf(const Record& record) {
    if (!record.level) return {};
    return Object().number("peakDbfs", record.level->peak).number("rmsDbfs", record.level->rms).node();
}

json::Node soundOf(const Record& record) {
    if (!record.level) return {};
    auto alarms = Ref<JsonArray>::adopt(json_array_new());
    for (const std::string& kind : record.sound.alarms)
        json_array_add_string_element(alarms.get(), kind.c_str());
    auto list = json::Node::adopt(json_node_new(JSON_NODE_ARRAY));
    json_node_set_array(list.get(), alarms.get());
    return Object()
        .number("clippedShare", record.sound.share(record.sound.clipped))
        .number("silentShare", record.sound.share(record.sound.silent))
        .number("offset", record.sound.offset())
        .node("alarms", std::move(list))
        .node();
}

/// null where there is not enough audio to tell.
json::Node clockOf(const Record& record) {
    const auto& read = record.readings;
    if (read.byteRate == 0) return {};
    return Object()
        .number("bytesPerSecond", read.byteRate)
        .number("rateRatio", read.rateRatio)
        .number("driftPpm", read.driftPpm)
        .node();
}

json::Node recordingOf(const Record& record) {
    return Object()
        .text("file", record.info.recording)
        .count("parts", record.info.parts)
        .boolean("paused", record.recordingPaused)
        .count("skippedSamples", record.info.skipped)
        .node();
}

json::Node blocksOf(const Record& record) {
    return Object()
        .count("cut", record.blocks.cut)
        .count("delivered", record.blocks.delivered)
        .count("retried", record.blocks.retried)
        .count("spooled", record.blocks.spooled)
        .count("deliveredFromSpool", record.blocks.deliveredFromSpool)
        .count("deadLettered", record.blocks.deadLettered)
        .count("failed", record.blocks.failed)
        .count("dropped", record.blocks.dropped)
        .count("skipped", record.blocks.skipped)
        .count("queued", record.readings.queuedBlocks)
        .count("queuedBytes", record.readings.queuedBytes)
        .node();
}

json::Node countersOf(const Record& record) {
    return Object()
        .count("bytes", record.readings.bytes)
        .count("samples", record.readings.samples)
        .count("messages", record.readings.messages)
        .node("blocks", blocksOf(record))
        .count("gaps", record.gaps)
        .seconds("gapSeconds", record.gapNs)
        .count("filledSamples", record.filled)
        .count("stalls", record.stalls)
        .seconds("stallSeconds", record.stallNs)
        .seconds("latenessSeconds", record.latenessNs)
        .count("errors", record.errors)
        .node();
}

} // namespace

json::Node toJson(const Record& record, json::Node pipeline) {
    const auto& request = record.info.request;
    Object members;
    members.text("id", record.info.id)
        .text("trackId", request.trackId)
        .text("room", request.room)
        .text("meetingId", request.meetingId)
        .text("participant", request.participant)
        .node("format", formatOf(record))
        .text("state", phaseName(record.phase))
        .text("since", domain::utcText(record.info.startedAt))
        .node("firstSampleAt", utc(record.firstSampleAt))
        .boolean("muted", record.muted)
        .node("level", levelOf(record))
        .node("sound", soundOf(record))
        .node("clock", clockOf(record))
        .node("recording", recordingOf(record))
        .node("counters", countersOf(record));
    if (record.outcome)
        members.node("endedAt", utc(record.endedAt))
            .text("outcome", pipeline::outcomeName(record.outcome->kind))
            .text("message", record.outcome->message);
    if (pipeline) members.node("pipeline", std::move(pipeline));
    return members.node();
}

json::Node toJson(const Board& board) {
    return Object()
        .node("tracks", json::array(board.live(), [](const auto& entry) { return toJson(entry.second); }))
        .node("ended", json::array(board.ended(), [](const Record& record) { return toJson(record); }))
        .node();
}

} // namespace lm::trackstate
