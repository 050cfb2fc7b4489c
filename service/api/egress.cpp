#include "service/api/egress.hpp"

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
    return http::problem(503, code, message).with("Retry-After", retryAfter).asRefusal();
}

void start(TrackStarter& tracks, const domain::EgressRequest& request, Ref<GIOStream> connection) {
    const auto started = tracks.start(request, std::move(connection));
    if (started) return;
    logging::error("egress", "track not started",
                   {{"reason", started.error().message},
                    {"room", request.room},
                    {"participant", request.participant},
                    {"trackId", request.trackId},
                    {"meetingId", request.meetingId}});
}

http::Response unauthorized(const char* code, const char* message) {
    return http::problem(401, code, message, domain::tokenParameter)
        .with("WWW-Authenticate", "LiveMeetingToken");
}

/// Never says what would have been right.
std::optional<http::Response> refusal(security::MediaTokens::Verdict verdict) {
    using Verdict = security::MediaTokens::Verdict;
    switch (verdict) {
    case Verdict::Valid:
        return std::nullopt;
    case Verdict::Missing:
        return unauthorized("token_missing", "token is required: only a signed URL is let in.");
    case Verdict::Malformed:
        return unauthorized("token_malformed", "token is not of the form v1.EXPIRES.MAC.");
    case Verdict::Mismatch:
        return unauthorized("token_mismatch",
                            "token does not belong to this URL: it was made for another path, room, track or "
                            "other parameter, or with another secret.");
    case Verdict::Expired:
        return unauthorized("token_expired", "token has expired: sign a new URL.");
    }
    return unauthorized("token_mismatch", "token does not belong to this URL.");
}

std::optional<http::Response> refusal(const EgressAccess& access, const http::Request& request,
                                      const domain::EgressParameters& parameters) {
    if (!access.tokens) return std::nullopt;
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(access.clock().time_since_epoch());
    return refusal(access.tokens->check(request.path, parameters, now));
}

http::Response invalid(const Error& error) {
    return http::problem(400, "invalid_parameter", error.message, error.where);
}

std::optional<http::Response> refusal(TrackStarter::State state) {
    switch (state) {
    case TrackStarter::State::Full:
        return unavailable("too_many_tracks", "All EGRESS_MAX_TRACKS tracks are in use.", "5");
    case TrackStarter::State::Exhausted:
        return unavailable("no_descriptors", "The service has no file descriptors left for a track.", "5");
    case TrackStarter::State::Draining:
        return unavailable("shutting_down", "The service is shutting down.", "30");
    case TrackStarter::State::Open:
        break;
    }
    return std::nullopt;
}

/// The place is held by the receiver: it is given back when the peer goes before its 101, too.
http::Admission accepted(TrackStarter& tracks, std::shared_ptr<Admitted> place,
                         domain::EgressRequest wanted) {
    return {
        {},
        [&tracks, place = std::move(place), wanted = std::move(wanted)](Ref<GIOStream> connection) mutable {
            place.reset();
            start(tracks, wanted, std::move(connection));
        }};
}

http::Admission onceFound(TrackStarter& tracks, const FindMeeting& find, std::shared_ptr<Admitted> place,
                          const domain::EgressRequest& wanted) {
    http::Admission pending;
    pending.later = [&tracks, find, place = std::move(place),
                     wanted](std::function<void(http::Admission)> decide) {
        find(wanted.room, [&tracks, place, wanted, decide = std::move(decide)](std::string meetingId) {
            // Its place is kept; but the shutdown may have begun.
            if (const auto state = tracks.state(0); state == TrackStarter::State::Draining)
                return decide({*refusal(state)});
            domain::EgressRequest known = wanted;
            known.meetingId = std::move(meetingId);
            decide(accepted(tracks, place, std::move(known)));
        });
    };
    return pending;
}

using Parse = Result<domain::EgressRequest> (*)(domain::EgressParameters);

http::Admission admit(TrackStarter& tracks, const EgressAccess& access, const FindMeeting& find, Parse parse,
                      const std::shared_ptr<std::size_t>& admitted, const http::Request& request) {
    auto parameters = domain::readEgressParameters(request.query);
    if (!parameters) return {invalid(parameters.error())};
    if (auto refused = refusal(access, request, *parameters)) return {std::move(*refused)};
    auto parsed = parse(std::move(*parameters));
    if (!parsed) return {invalid(parsed.error())};
    if (auto refused = refusal(tracks.state(*admitted))) return {std::move(*refused)};
    auto place = std::make_shared<Admitted>(admitted);
    if (find && parsed->meetingId.empty()) return onceFound(tracks, find, std::move(place), *parsed);
    return accepted(tracks, std::move(place), std::move(*parsed));
}

} // namespace

void addEgress(http::Router& router, TrackStarter& tracks, EgressAccess access, FindMeeting find) {
    // Both kinds share the limit.
    const auto admitted = std::make_shared<std::size_t>(0);
    const auto add = [&](const char* path, Parse parse) {
        router.addSocket(path, [&tracks, admitted, access, find, parse](const http::Request& request) {
            return admit(tracks, access, find, parse, admitted, request);
        });
    };
    add("/egress-audio", domain::parseEgressParameters);
    add("/egress-video", domain::parseVideoParameters);
}

} // namespace lm::api
