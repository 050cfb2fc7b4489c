#include "service/api/egressaudio.hpp"

#include "service/domain/egressquery.hpp"
#include "service/logging/log.hpp"

#include <memory>

namespace lm::api {
namespace {

/// Counts sockets between their admission and their start, so that a burst cannot pass the limit together.
class Admitted {
public:
    explicit Admitted(std::shared_ptr<std::size_t> count) : count_(std::move(count)) { ++*count_; }
    ~Admitted() { --*count_; }
    Admitted(const Admitted&) = delete;
    Admitted& operator=(const Admitted&) = delete;

private:
    std::shared_ptr<std::size_t> count_;
};

http::Response unavailable(const char* code, const char* message, const char* retryAfter) {
    return http::problem(503, code, message).with("Retry-After", retryAfter);
}

void start(TrackStarter& tracks, const domain::EgressRequest& request, Ref<GIOStream> connection) {
    const auto started = tracks.start(request, std::move(connection));
    if (started) return;
    logging::error("egress", "track not started",
                   {{"reason", started.error().message},
                    {"room", request.room},
                    {"participant", request.participant},
                    {"track", request.trackId},
                    {"meeting", request.meetingId}});
}

http::Admission admit(TrackStarter& tracks, const std::shared_ptr<std::size_t>& admitted,
                      const http::Request& request) {
    auto parsed = domain::parseEgressQuery(request.query);
    if (!parsed)
        return {http::problem(400, "invalid_parameter", parsed.error().message, parsed.error().where)};
    switch (tracks.state(*admitted)) {
    case TrackStarter::State::Full:
        return {unavailable("too_many_tracks", "All EGRESS_MAX_TRACKS tracks are in use.", "5")};
    case TrackStarter::State::Draining:
        return {unavailable("shutting_down", "The service is shutting down.", "30")};
    case TrackStarter::State::Open:
        break;
    }
    // The place is held by the receiver: it is given back when the peer goes before its 101, too.
    auto place = std::make_shared<Admitted>(admitted);
    return {{}, [&tracks, place, wanted = std::move(*parsed)](Ref<GIOStream> connection) mutable {
                place.reset();
                start(tracks, wanted, std::move(connection));
            }};
}

} // namespace

void addEgressAudio(http::Router& router, TrackStarter& tracks) {
    auto admitted = std::make_shared<std::size_t>(0);
    router.addSocket("/egress-audio", [&tracks, admitted](const http::Request& request) {
        return admit(tracks, admitted, request);
    });
}

} // namespace lm::api
