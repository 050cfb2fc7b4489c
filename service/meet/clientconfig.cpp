#include "service/meet/clientconfig.hpp"

#include "service/json/object.hpp"

namespace lm::meet {

void addClientConfig(http::Router& router, const ClientConfig& config) {
    json::Object endpoints;
    endpoints.text("connectionDetails", config.connectionDetails);
    endpoints.text("recordStart", "/api/record/start").text("recordStop", "/api/record/stop");
    json::Object features;
    features.boolean("recording", config.recording).boolean("analysis", config.analysis);
    features.boolean("settingsMenu", true).boolean("testPanels", config.testPanels);
    json::Object body;
    body.node("endpoints", endpoints.node())
        .node("features", features.node())
        .count("apiPort", config.apiPort);
    router.add("GET", "/api/config", [text = body.str()](const http::Request&) {
        return http::Response{200, text}.with("Cache-Control", "no-store");
    });
}

} // namespace lm::meet
