#include "service/api/status.hpp"

namespace lm::api {

void addStatus(http::Router& router, Clock clock) {
    router.add("GET", "/", [](const http::Request&) {
        return http::object(200, {{"message", "Live Meeting API is running"}, {"status", "ok"}});
    });
    router.add("GET", "/health", [clock = std::move(clock)](const http::Request&) {
        return http::object(200, {{"status", "healthy"}, {"timestamp", domain::utcText(clock())}})
            .with("Cache-Control", "no-store");
    });
}

} // namespace lm::api
