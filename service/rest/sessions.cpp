#include "service/rest/sessions.hpp"

#include "service/rest/answers.hpp"
#include "service/rest/parameters.hpp"
#include "service/rest/rows.hpp"

#include <algorithm>
#include <map>

namespace lm::rest {
namespace {

using store::Connection;
using Answered = store::Outcome<http::Response>;

/// An answer never grows beyond what these allow, however long the meeting was.
constexpr std::size_t mostTracks = 500;
constexpr std::size_t answerBudget = 4 << 20; // bytes of the analysis service's answers

http::Response unknown(const char* what) {
    return http::problem(404, "not_found", what);
}

/// The blocks of a track from `from` on, `limit` at the most and within `budget`, which they use up.
store::Outcome<Results> resultsOf(Connection& connection, const std::string& track, std::int64_t from,
                                  std::size_t limit, std::size_t& budget) {
    auto blocks = store::blocksOfTrack(connection, track, from, static_cast<std::int64_t>(limit) + 1);
    if (!blocks) return blocks.failure();
    Results results;
    for (store::Block& block : *blocks) {
        const std::size_t size = 200 + block.answer.value_or("").size();
        if (results.blocks.size() == limit || size > budget) {
            results.next = block.sequence;
            break;
        }
        budget -= size;
        results.blocks.push_back(std::move(block));
    }
    return results;
}

/// Of a meeting that no webhook has told of: sockets named it. What its tracks say, without an id, because it
/// is in no row: a row that nobody ends would draw every later socket of the room to it.
store::Session sessionOf(const std::string& meetingId, const std::vector<store::Track>& tracks) {
    store::Session session{
        .id = "", .meetingId = meetingId, .roomName = tracks.front().roomName, .roomSid = ""};
    session.createdAt = tracks.front().startedAt;
    session.startedAt = tracks.front().startedAt;
    session.endedAt = session.createdAt;
    session.status = store::SessionStatus::Ended;
    for (const store::Track& track : tracks) {
        if (!track.endedAt) session.status = store::SessionStatus::Active;
        session.endedAt = std::max(*session.endedAt, track.endedAt.value_or(track.startedAt));
    }
    if (session.status == store::SessionStatus::Active) session.endedAt.reset();
    return session;
}

Answered meeting(Connection& connection, const std::string& meetingId, std::size_t resultsEach) {
    const auto session = store::findSession(connection, meetingId);
    if (!session) return session.failure();
    const auto tracks = store::tracksOfMeeting(connection, meetingId);
    if (!tracks) return tracks.failure();
    if (!*session && tracks->empty())
        return unknown(
            "There is no session of this meetingId, and no track; GET /api/sessions lists sessions.");
    auto recordings = store::recordingsOfMeeting(connection, meetingId);
    if (!recordings) return recordings.failure();
    std::map<std::string, std::vector<store::Recording>> files;
    for (store::Recording& recording : *recordings)
        files[recording.track].push_back(std::move(recording));
    std::size_t budget = answerBudget;
    std::vector<json::Node> shown;
    for (const store::Track& track : *tracks) {
        if (shown.size() == mostTracks) break;
        const auto results = resultsOf(connection, track.id, 0, resultsEach, budget);
        if (!results) return results.failure();
        shown.push_back(toJson(track, files[track.id], *results));
    }
    json::Object object = toJson(*session ? **session : sessionOf(meetingId, *tracks));
    object.node("tracks", json::array(shown, [](const json::Node& node) { return node; }))
        .count("moreTracks", tracks->size() - shown.size());
    return fresh(200, object.node());
}

http::Response list(store::Store& store, const http::Request& request) {
    const auto parameters = Parameters::read(request.query, {"status", "roomName", "limit", "cursor"});
    if (!parameters) return invalid(parameters.error());
    const auto page = parameters->page();
    if (!page) return invalid(page.error());
    store::SessionFilter filter;
    filter.roomName = parameters->text("roomName");
    if (const auto status = parameters->text("status")) {
        filter.status = store::statusFromName(*status);
        if (!filter.status) return invalid({"status must be ACTIVE or ENDED.", "status"});
    }
    return fromStore(store, [filter, page = *page](Connection& connection) -> Answered {
        const auto found = store::listSessions(connection, filter, page);
        if (!found) return found.failure();
        return fresh(200,
                     toJson("sessions", *found, [](const store::Session& s) { return toJson(s).node(); }));
    });
}

http::Response one(store::Store& store, const http::Request& request) {
    const auto parameters = Parameters::read(request.query, {"results"});
    if (!parameters) return invalid(parameters.error());
    const auto results = parameters->number("results", 0, 500, 50);
    if (!results) return invalid(results.error());
    return fromStore(store, [id = request.parameters.at("meetingId"), each = *results](
                                Connection& connection) { return meeting(connection, id, each); });
}

http::Response results(store::Store& store, const http::Request& request) {
    const auto parameters = Parameters::read(request.query, {"from", "limit"});
    if (!parameters) return invalid(parameters.error());
    const auto from = parameters->number("from", 0, UINT32_MAX, 0);
    if (!from) return invalid(from.error());
    const auto limit = parameters->number("limit", 1, 1000, 200);
    if (!limit) return invalid(limit.error());
    return fromStore(
        store,
        [id = request.parameters.at("id"), from = *from, limit = *limit](Connection& connection) -> Answered {
            const auto known = store::hasTrack(connection, id);
            if (!known) return known.failure();
            if (!*known) return unknown("No track of this id is in the database.");
            std::size_t budget = answerBudget;
            const auto found = resultsOf(connection, id, from, limit, budget);
            if (!found) return found.failure();
            return fresh(200, toJson(*found).node());
        });
}

} // namespace

void addSessions(http::Router& router, store::Store& store, const access::Gate& gate) {
    const auto add = [&](const char* path, http::Response (*handler)(store::Store&, const http::Request&)) {
        router.add("GET", path,
                   gate.guard(access::Role::Viewer, [&store, handler](const http::Request& request) {
                       return handler(store, request);
                   }));
    };
    add("/api/sessions", list);
    add("/api/sessions/{meetingId}", one);
    add("/api/tracks/{id}/results", results);
}

} // namespace lm::rest
