#include "service/api/observe.hpp"

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

} // namespace

void addObservation(http::Router& router, Observation& state) {
    router.add("GET", "/ready", [&state](const http::Request&) {
        const auto [ready, body] = state.readiness();
        return fresh({ready ? 200u : 503u, body});
    });
    router.add("GET", "/metrics",
               [&state](const http::Request&) { return text(state.metrics(), state.metricsType()); });
    router.add("GET", "/api/tracks", [&state](const http::Request&) { return fresh({200, state.tracks()}); });
    router.add("GET", "/api/tracks/{id}", [&state](const http::Request& request) {
        auto body = state.track(idOf(request));
        return body ? fresh({200, std::move(*body)}) : unknownTrack();
    });
    router.add("GET", "/api/tracks/{id}/pipeline.dot", [&state](const http::Request& request) {
        auto drawing = state.drawing(idOf(request));
        if (drawing) return text(std::move(*drawing), "text/vnd.graphviz; charset=utf-8");
        return http::problem(404, "no_pipeline", "No pipeline runs for a track of this id.");
    });
}

} // namespace lm::api
