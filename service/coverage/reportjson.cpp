#include "service/coverage/reportjson.hpp"

#include "service/json/object.hpp"

namespace lm::coverage {
namespace {

using json::Object;

Object& set(Object& object, Interval where) {
    return object.count("from", where.from).count("to", where.to);
}

json::Node toNode(const Coverage::Piece& piece) {
    Object object;
    set(object, piece.where).text("state", piece.fate.state);
    if (!piece.fate.reason.empty()) object.text("reason", piece.fate.reason);
    return object.node();
}

json::Node toNode(const Misfit& misfit) {
    Object object;
    object.text("branch", misfit.branch);
    return set(object, misfit.where).text("reason", misfit.reason).node();
}

json::Node toNode(Interval where) {
    Object object;
    return set(object, where).node();
}

template <typename Values> json::Node nodes(const Values& values) {
    return json::array(values, [](const auto& value) { return toNode(value); });
}

json::Node totalsOf(const Coverage::Report& report) {
    Object totals;
    for (const auto& [state, frames] : report.totals)
        totals.count(state.c_str(), frames);
    return totals.node();
}

} // namespace

std::string toJson(const Coverage::Report& report) {
    const Head& head = report.head;
    Object object;
    object.text("track", head.track)
        .text("trackId", head.trackId)
        .text("room", head.room)
        .text("meetingId", head.meetingId)
        .text("participant", head.participant)
        .text("state", report.state)
        .node("format", Object().count("rate", head.rate).count("channels", head.channels).node())
        .boolean("complete", report.complete);
    if (report.received)
        object.count("received", *report.received);
    else
        object.null("received");
    return object.node("recording", nodes(report.recording))
        .node("analysis", nodes(report.analysis))
        .node("filled", nodes(report.filled))
        .node("gaps", nodes(report.gaps))
        .node("overlaps", nodes(report.overlaps))
        .node("totals", totalsOf(report))
        .node("problems", json::array(report.problems, json::text))
        .str();
}

} // namespace lm::coverage
