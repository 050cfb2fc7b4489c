#include "service/api/observe.hpp"

#include "service/domain/query.hpp"

namespace lm::api {
namespace {

http::Response fresh(http::Response response) {
    return std::move(response.with("Cache-Control", "no-store"));
}

http::Response text(std::string body, std::string type) {
    http::Response response{200, std::move(body)};
    response.type = std::move(type);
    return fresh(std::move(response));
}

http::Response unknownTrack() {
    return http::problem(
        404, "unknown_track",
        "No track of this id runs, nor is it among the last ones that ended; GET /api/tracks "
        "lists them.");
}

const std::string& idOf(const http::Request& request) {
    return request.parameters.at("id");
}

/// The value of `meetingId`, empty without; nullopt when it is there twice or not well encoded.
std::optional<std::string> meetingIdOf(const http::Request& request) {
    std::optional<std::string> found;
    for (const auto& [name, value] : domain::splitQuery(request.query)) {
        if (name != "meetingId") continue;
        if (found) return std::nullopt;
        found = domain::decodeFormText(value);
        if (!found) return std::nullopt;
    }
    return found.value_or("");
}

http::Response coverageOf(Observation& state, const http::Request& request) {
    const auto meeting = meetingIdOf(request);
    if (!meeting)
        return http::problem(400, "invalid_parameter", "meetingId must be there once, percent-encoded.",
                             "meetingId");
    http::Response response;
    response.later = [&state, id = idOf(request), meeting = *meeting](const http::Answer& answer) {
        const bool taken = state.coverage(id, meeting, [answer](std::optional<std::string> body) {
            answer(body ? fresh({200, std::move(*body)})
                        : http::problem(404, "unknown_track",
                                        "No ledger knows a track of this id; without meetingId the newest "
                                        "ledgers of all meetings are looked at."));
        });
        if (!taken)
            answer(http::problem(503, "busy", "Too many ledgers are being read; try again.")
                       .with("Retry-After", "1"));
    };
    return response;
}

} // namespace

void addObservation(http::Router& router, Observation& state, const access::Gate& gate) {
    const auto add = [&](const char* path, http::Handler handler) {
        router.add("GET", path, gate.guard(access::Role::Viewer, std::move(handler)));
    };
    router.add("GET", "/ready", [&state](const http::Request&) {
        const auto [ready, body] = state.readiness();
        return fresh({ready ? 200u : 503u, body});
    });
    add("/metrics", [&state](const http::Request&) { return text(state.metrics(), state.metricsType()); });
    add("/api/tracks", [&state](const http::Request&) { return fresh({200, state.tracks()}); });
    add("/api/tracks/{id}", [&state](const http::Request& request) {
        auto body = state.track(idOf(request));
        return body ? fresh({200, std::move(*body)}) : unknownTrack();
    });
    add("/api/tracks/{id}/coverage",
        [&state](const http::Request& request) { return coverageOf(state, request); });
    add("/api/tracks/{id}/pipeline.dot", [&state](const http::Request& request) {
        auto drawing = state.drawing(idOf(request));
        if (drawing) return text(std::move(*drawing), "text/vnd.graphviz; charset=utf-8");
        return http::problem(404, "no_pipeline", "No pipeline runs for a track of this id.");
    });
}

} // namespace lm::api
