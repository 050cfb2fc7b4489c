#include "service/meet/recording.hpp"

#include "service/domain/filename.hpp"
#include "service/domain/utc.hpp"
#include "service/logging/log.hpp"
#include "service/meet/parameters.hpp"

#include <memory>
#include <utility>

namespace lm::meet {
namespace {

constexpr char component[] = "recording";
using Kind = livekit::Failure::Kind;

http::Response fresh(http::Response response) {
    return std::move(response.with("Cache-Control", "no-store"));
}

/// LiveKit without Redis has no egress, and says so as an internal error.
bool hasNoEgress(const livekit::Failure& failure) {
    return failure.message.find("egress not connected") != std::string::npos;
}

http::Response problemOf(const livekit::Failure& failure) {
    if (failure.kind == Kind::NotFound)
        return http::problem(404, "unknown_room", "There is no such room, or nobody is in it.", "roomName");
    if (failure.kind == Kind::Late)
        return http::problem(504, "livekit_late",
                             "LiveKit did not answer in time; it may have done it all the same.");
    if (failure.kind == Kind::Unreachable || failure.kind == Kind::Busy || hasNoEgress(failure))
        return http::problem(503, "recording_unavailable",
                             "Recording is not available: " + failure.message + ".");
    return http::problem(500, "livekit_failed", failure.message + ".");
}

http::Response failed(const std::string& room, const livekit::Failure& failure) {
    logging::warning(component, "LiveKit did not do it", {{"room", room}, {"reason", failure.message}});
    return fresh(problemOf(failure));
}

/// A page of another site must not make its visitor's browser record.
bool isCrossSite(const http::Request& request) {
    const auto site = request.header("Sec-Fetch-Site");
    return site == "cross-site" || site == "same-site";
}

} // namespace

void Recording::addTo(http::Router& router) {
    for (const char* method : {"GET", "POST"}) {
        router.add(method, "/api/record/start",
                   [this](const http::Request& request) { return begin(request, &Recording::start); });
        router.add(method, "/api/record/stop",
                   [this](const http::Request& request) { return begin(request, &Recording::stop); });
    }
}

std::string Recording::missing() const {
    if (!options_.api) return "LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET";
    const auto& s3 = options_.upload;
    if (s3.keyId.empty() || s3.secret.empty() || s3.bucket.empty())
        return "S3_KEY_ID, S3_KEY_SECRET and S3_BUCKET";
    return {};
}

http::Response Recording::begin(const http::Request& request, Step step) {
    if (isCrossSite(request))
        return http::problem(403, "cross_site", "This is not for pages of other sites.");
    if (auto refusal = options_.refuses(request)) return *refusal;
    const Parameter room = readParameter(request, "roomName", maxName);
    if (room.refusal) return *room.refusal;
    if (room.missing)
        return http::problem(403, "missing_parameter", "Missing roomName parameter", "roomName");
    if (const std::string what = missing(); !what.empty())
        return http::problem(500, "not_configured", "Recording is not configured: " + what + " must be set.");
    http::Response response;
    response.later = [this, step, name = room.value](const http::Answer& answer) {
        (this->*step)(name, answer);
    };
    return response;
}

void Recording::running(const std::string& room, const http::Answer& answer,
                        std::function<void(std::vector<livekit::Egress>)> then) {
    options_.api->listEgress({room, true}, [room, answer, then = std::move(then)](auto reply) {
        if (!reply) return answer(failed(room, reply.failure()));
        std::vector<livekit::Egress> found;
        for (livekit::Egress& egress : *reply) {
            const bool runs = egress.status == livekit::EgressStatus::Starting ||
                              egress.status == livekit::EgressStatus::Active;
            if (runs && egress.kind == livekit::EgressKind::RoomComposite && egress.roomName == room)
                found.push_back(std::move(egress));
        }
        then(std::move(found));
    });
}

void Recording::start(const std::string& room, const http::Answer& answer) {
    const auto conflict = [] {
        return fresh(http::problem(409, "already_recording", "Meeting is already being recorded"));
    };
    if (!starting_.insert(room).second) return answer(conflict());
    const http::Answer done = [this, room, answer](http::Response response) {
        starting_.erase(room);
        answer(std::move(response));
    };
    running(room, done, [this, room, done, conflict](const std::vector<livekit::Egress>& found) {
        if (!found.empty()) return done(conflict());
        startNow(room, done);
    });
}

void Recording::startNow(const std::string& room, const http::Answer& answer) {
    livekit::CompositeRequest request;
    request.roomName = room;
    request.filepath = domain::utcText(options_.now()) + "-" + domain::pathComponent(room) + ".mp4";
    request.upload = options_.upload;
    options_.api->startRoomComposite(request, [room, file = request.filepath, answer](auto reply) {
        if (!reply) return answer(failed(room, reply.failure()));
        logging::info(component, "recording started",
                      {{"room", room}, {"egressId", reply->id}, {"file", file}});
        answer(fresh(http::object(200, {{"egressId", reply->id}, {"file", file}})));
    });
}

void Recording::stop(const std::string& room, const http::Answer& answer) {
    running(room, answer, [this, answer](const std::vector<livekit::Egress>& found) {
        if (found.empty())
            return answer(fresh(http::problem(404, "not_recording", "No active recording found")));
        stopAll(found, answer);
    });
}

void Recording::stopAll(const std::vector<livekit::Egress>& running, const http::Answer& answer) {
    struct Rest {
        std::size_t left = 0;
        std::optional<livekit::Failure> failure;
    };
    const auto rest = std::make_shared<Rest>(Rest{running.size(), {}});
    for (const livekit::Egress& egress : running) {
        options_.api->stopEgress(
            egress.id, [rest, room = egress.roomName, id = egress.id, answer](auto reply) {
                // What has ended meanwhile is stopped.
                const bool stopped = reply || reply.failure().kind == Kind::Precondition;
                if (stopped)
                    logging::info(component, "recording stopped", {{"room", room}, {"egressId", id}});
                if (!stopped) rest->failure = reply.failure();
                if (--rest->left > 0) return;
                answer(rest->failure ? failed(room, *rest->failure)
                                     : fresh(http::object(200, {{"status", "stopped"}})));
            });
    }
}

} // namespace lm::meet
