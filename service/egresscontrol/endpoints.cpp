#include "service/egresscontrol/endpoints.hpp"

#include "service/domain/utc.hpp"
#include "service/egresscontrol/wish.hpp"
#include "service/json/object.hpp"
#include "service/rest/answers.hpp"
#include "service/rest/parameters.hpp"

#include <optional>
#include <vector>

namespace lm::egresscontrol {
namespace {

using autoegress::Core;
using autoegress::Publication;
using livekit::Failure;

json::Node toJson(const Core::Entry& entry) {
    json::Object object;
    const auto textOrNull = [&](const char* name, const std::string& text) {
        text.empty() ? object.null(name) : object.text(name, text);
    };
    textOrNull("egressId", entry.egressId);
    object.text("roomName", entry.track.room);
    textOrNull("meetingId", entry.track.roomSid);
    textOrNull("participant", entry.track.participant);
    object.text("trackId", entry.track.track).text("state", autoegress::stateOf(entry.phase));
    textOrNull("status", entry.egressId.empty() ? "" : livekit::nameOf(entry.status));
    textOrNull("reason", entry.reason);
    object.count("failures", entry.failures);
    const auto started = domain::utcFromNs(entry.startedAtNs);
    textOrNull("startedAt", entry.startedAtNs > 0 ? domain::utcText(started) : "");
    return object.node();
}

http::Response unknown(const char* message) {
    return http::problem(404, "not_found", message);
}

/// What LiveKit said, to somebody who asked for something.
http::Response problemOf(const Failure& failure) {
    if (failure.kind == Failure::Kind::NotFound)
        return http::problem(404, "not_found", failure.message, "roomName");
    return http::problem(502, "livekit_failed", failure.message);
}

http::Response encrypted() {
    return http::problem(409, "encrypted", "This track is encrypted end to end: LiveKit cannot send it.",
                         "trackId");
}

http::Response settled(const Core::Entry* entry) {
    if (!entry)
        return http::problem(503, "not_started", "The track or this service ended before its egress began.")
            .with("Retry-After", "5");
    if (entry->phase == Core::Phase::Encrypted) return encrypted();
    if (entry->phase != Core::Phase::Running)
        return http::problem(502, "livekit_failed",
                             "There is no egress yet, it is tried again: " + entry->reason);
    return rest::fresh(201, toJson(*entry)).with("Location", "/api/egress/" + entry->egressId);
}

http::Response list(const Controller& controller, const http::Request& request) {
    const auto parameters = rest::Parameters::read(request.query, {"roomName", "limit", "cursor"});
    if (!parameters) return rest::invalid(parameters.error());
    const auto page = parameters->page();
    if (!page) return rest::invalid(page.error());
    const auto room = parameters->text("roomName");
    const auto& entries = controller.core().entries();
    auto at = page->after ? entries.upper_bound(page->after->id) : entries.begin();
    std::vector<const Core::Entry*> shown;
    std::optional<store::Cursor> next;
    for (; at != entries.end(); ++at) {
        if (room && at->second.track.room != *room) continue;
        if (shown.size() == page->limit) {
            next = store::Cursor{0, shown.back()->track.track};
            break;
        }
        shown.push_back(&at->second);
    }
    json::Object object;
    object.boolean("automatic", controller.automatic());
    object.node("egresses", json::array(shown, [](const Core::Entry* entry) { return toJson(*entry); }));
    next ? object.text("nextCursor", next->text()) : object.null("nextCursor");
    return rest::fresh(200, object.node());
}

/// The track among those that are in the room.
const livekit::Track* find(const std::vector<livekit::Participant>& participants, const Wish& wish,
                           Publication& found) {
    for (const livekit::Participant& participant : participants)
        for (const livekit::Track& track : participant.tracks)
            if (track.sid == wish.track) {
                found = {wish.room, "", participant.identity, participant.sid, track.sid, track.encrypted};
                return &track;
            }
    return nullptr;
}

void begin(Controller& controller, const Publication& track, const http::Answer& answer) {
    if (controller.isShutDown()) return answer(settled(nullptr));
    using Wish = Core::Wish;
    switch (controller.want(track, [answer](const Core::Entry* entry) { answer(settled(entry)); })) {
    case Wish::Accepted:
        return;
    case Wish::Running:
        return answer(rest::fresh(200, toJson(*controller.core().find(track.track))));
    case Wish::Encrypted:
        return answer(encrypted());
    case Wish::Full:
        break;
    }
    answer(http::problem(503, "too_many", "There are too many egresses already.").with("Retry-After", "5"));
}

http::Response start(Controller& controller, livekit::Api& api, const http::Request& request) {
    const std::string_view type = request.header("Content-Type");
    if (type.substr(0, type.find_first_of("; ")) != "application/json")
        return http::problem(415, "unsupported_media_type", "The body must be application/json.");
    const auto wish = readWish(request.body);
    if (!wish) return rest::invalid(wish.error());
    http::Response response;
    response.patience = std::chrono::minutes(2); // to list, claim, list and start
    response.later = [&controller, &api, wish = *wish](const http::Answer& answer) {
        api.listParticipants(wish.room, [&controller, wish,
                                         answer](livekit::Reply<std::vector<livekit::Participant>> reply) {
            if (!reply) return answer(problemOf(reply.failure()));
            Publication publication;
            const livekit::Track* track = find(*reply, wish, publication);
            if (!track)
                return answer(http::problem(404, "not_found",
                                            "No participant of this room publishes this track.", "trackId"));
            if (track->kind != livekit::TrackKind::Audio)
                return answer(rest::invalid({"trackId must be of an audio track.", "trackId"}));
            begin(controller, publication, answer);
        });
    };
    return response;
}

http::Response stop(Controller& controller, const http::Request& request) {
    const std::string id = request.parameters.at("id");
    if (!controller.core().findEgress(id))
        return unknown("There is no such egress of a track; GET /api/egress lists them.");
    http::Response response;
    response.patience = std::chrono::minutes(1); // three attempts
    response.later = [&controller, id](const http::Answer& answer) {
        controller.stop(id, [answer](std::optional<Failure> failure) {
            answer(failure ? problemOf(*failure) : http::Response{204});
        });
    };
    return response;
}

} // namespace

void addEgress(http::Router& router, Controller* controller, livekit::Api* api, const access::Gate& gate,
               const std::string& missing) {
    using access::Role;
    const auto add = [&](const char* method, const char* path, Role least, http::Handler handler) {
        if (!controller)
            handler = [missing](const http::Request&) {
                return http::problem(503, "not_configured",
                                     missing + " is not set here: LiveKit cannot be asked for egresses.");
            };
        router.add(method, path, gate.guard(least, std::move(handler)));
    };
    add("GET", "/api/egress", Role::Viewer,
        [controller](const http::Request& r) { return list(*controller, r); });
    add("POST", "/api/egress", Role::Operator,
        [controller, api](const http::Request& r) { return start(*controller, *api, r); });
    add("DELETE", "/api/egress/{id}", Role::Operator,
        [controller](const http::Request& r) { return stop(*controller, r); });
}

} // namespace lm::egresscontrol
