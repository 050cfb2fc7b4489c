#pragma once

#include "service/domain/utc.hpp"
#include "service/gateway/publisher.hpp"
#include "service/pipeline/observer.hpp"

#include <functional>

namespace lm::gateway {

/// Tells the room of a track what happens to it: `track`, `block` and `analysis`, as
/// `schemas/realtime.schema.json` says. The room has the name of the meeting's room. Main context.
class Announcer : public pipeline::TrackObserver {
public:
    using Clock = std::function<domain::UtcTime()>;
    explicit Announcer(Publisher& publisher, Clock clock = std::chrono::system_clock::now)
        : publisher_(publisher), clock_(std::move(clock)) {}

    void trackStarted(const pipeline::TrackInfo& track) override;
    void trackEvent(const pipeline::TrackInfo& track, const pipeline::Event& event) override;
    void trackEnded(const pipeline::TrackInfo& track, const pipeline::Outcome& outcome) override;
    /// A meeting's session has begun (`started`) or is over (`ended`).
    void session(const std::string& room, const std::string& meetingId, const char* state);

private:
    Publisher& publisher_;
    const Clock clock_;
};

} // namespace lm::gateway
