#include "service/trackstate/recordjson.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lm::trackstate {
namespace {

/// An object under construction; json-glib writes members in the order in which they were set.
class Members {
public:
    Members& text(const char* name, const std::string& value) {
        // The path of a recording may hold bytes that are no UTF-8.
        const Owned<char> valid(g_utf8_make_valid(value.c_str(), static_cast<gssize>(value.size())));
        json_object_set_string_member(object_.get(), name, valid.get());
        return *this;
    }
    Members& count(const char* name, std::uint64_t value) {
        const auto most = static_cast<std::uint64_t>(std::numeric_limits<gint64>::max());
        json_object_set_int_member(object_.get(), name, static_cast<gint64>(std::min(value, most)));
        return *this;
    }
    Members& boolean(const char* name, bool value) {
        json_object_set_boolean_member(object_.get(), name, value ? TRUE : FALSE);
        return *this;
    }
    /// JSON has no infinity: null.
    Members& number(const char* name, double value) {
        if (!std::isfinite(value)) return null(name);
        json_object_set_double_member(object_.get(), name, value);
        return *this;
    }
    Members& seconds(const char* name, std::uint64_t ns) {
        return number(name, static_cast<double>(ns) / 1e9);
    }
    Members& utc(const char* name, const std::optional<domain::UtcTime>& time) {
        return time ? text(name, domain::utcText(*time)) : null(name);
    }
    Members& null(const char* name) {
        json_object_set_null_member(object_.get(), name);
        return *this;
    }
    Members& node(const char* name, json::Node value) {
        if (!value) return null(name);
        json_object_set_member(object_.get(), name, value.release());
        return *this;
    }
    json::Node done() {
        auto node = json::Node::adopt(json_node_new(JSON_NODE_OBJECT));
        json_node_set_object(node.get(), object_.get());
        return node;
    }

private:
    Ref<JsonObject> object_ = Ref<JsonObject>::adopt(json_object_new());
};

json::Node levelOf(const Record& record) {
    if (!record.level) return {};
    return Members().number("peakDbfs", record.level->peak).number("rmsDbfs", record.level->rms).done();
}

json::Node recordingOf(const Record& record) {
    return Members()
        .text("file", record.info.recording)
        .count("parts", record.info.parts)
        .boolean("paused", record.recordingPaused)
        .count("skippedSamples", record.info.skipped)
        .done();
}

json::Node blocksOf(const Record& record) {
    return Members()
        .count("cut", record.blocks.cut)
        .count("delivered", record.blocks.delivered)
        .count("retried", record.blocks.retried)
        .count("failed", record.blocks.failed)
        .count("dropped", record.blocks.dropped)
        .count("queued", record.readings.queuedBlocks)
        .count("queuedBytes", record.readings.queuedBytes)
        .done();
}

json::Node countersOf(const Record& record) {
    return Members()
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
        .done();
}

template <typename Records, typename Get> json::Node arrayOf(const Records& records, Get get) {
    auto array = Ref<JsonArray>::adopt(json_array_new());
    for (const auto& record : records)
        json_array_add_element(array.get(), toJson(get(record)).release());
    auto node = json::Node::adopt(json_node_new(JSON_NODE_ARRAY));
    json_node_set_array(node.get(), array.get());
    return node;
}

} // namespace

json::Node toJson(const Record& record, json::Node pipeline) {
    const auto& request = record.info.request;
    Members members;
    members.text("id", record.info.id)
        .text("trackId", request.trackId)
        .text("room", request.room)
        .text("meetingId", request.meetingId)
        .text("participant", request.participant)
        .node("format", Members().count("rate", record.rate).count("channels", record.channels).done())
        .text("state", phaseName(record.phase))
        .utc("since", record.info.startedAt)
        .utc("firstSampleAt", record.firstSampleAt)
        .boolean("muted", record.muted)
        .node("level", levelOf(record))
        .node("recording", recordingOf(record))
        .node("counters", countersOf(record));
    if (record.outcome)
        members.utc("endedAt", record.endedAt)
            .text("outcome", pipeline::outcomeName(record.outcome->kind))
            .text("message", record.outcome->message);
    if (pipeline) members.node("pipeline", std::move(pipeline));
    return members.done();
}

json::Node toJson(const Board& board) {
    return Members()
        .node("tracks", arrayOf(board.live(), [](const auto& e) -> const Record& { return e.second; }))
        .node("ended", arrayOf(board.ended(), [](const Record& r) -> const Record& { return r; }))
        .done();
}

} // namespace lm::trackstate
