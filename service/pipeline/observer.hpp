#pragma once

#include "service/domain/egressrequest.hpp"
#include "service/domain/utc.hpp"
#include "service/pipeline/busevents.hpp"
#include "service/pipeline/controller.hpp"

#include <string>

namespace lm::pipeline {

/// What is known about a track while it runs.
struct TrackInfo {
    std::string id; // the service's handle of this socket, a UUID; begins every Idempotency-Key
    domain::EgressRequest request;
    std::string recording; // path of the first part; until that is open, where it is to be
    domain::UtcTime startedAt;
    std::uint64_t blocks = 0;
    std::uint64_t samples = 0; // frames of the recording, known when the socket has closed
    TrackFigures figures = {}; // likewise
    std::uint64_t skipped = 0; // frames that are in no recording, known at the end
    unsigned parts = 0;        // files of the recording so far
};

/// Memory of a track's description, its texts included, for bounds.
inline std::size_t weightOf(const TrackInfo& track) {
    const domain::EgressRequest& r = track.request;
    return sizeof track + track.id.size() + track.recording.size() + r.room.size() + r.participant.size() +
           r.trackId.size() + r.meetingId.size();
}

/// Who wants to know about tracks. Called on the main context; must not block.
class TrackObserver {
public:
    virtual ~TrackObserver() = default;
    virtual void trackStarted(const TrackInfo&) {}
    virtual void trackEvent(const TrackInfo&, const Event&) {}
    virtual void trackEnded(const TrackInfo&, const Outcome&) {}
};

} // namespace lm::pipeline
