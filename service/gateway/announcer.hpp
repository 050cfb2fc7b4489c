#pragma once

#include "service/domain/utc.hpp"
#include "service/gateway/publisher.hpp"
#include "service/meetings/listener.hpp"
#include "service/pipeline/observer.hpp"

#include <functional>

namespace lm::gateway {

/// Tells the room of a meeting what happens to it and to its tracks: `session`, `track`, `block` and
/// `analysis`, as `schemas/realtime.schema.json` says. The room has the name of the meeting's. Main context.
class Announcer : public pipeline::TrackObserver, public meetings::SessionListener {
public:
    using Clock = std::function<domain::UtcTime()>;
    explicit Announcer(Publisher& publisher, Clock clock = std::chrono::system_clock::now)
        : publisher_(publisher), clock_(std::move(clock)) {}

    void trackStarted(const pipeline::TrackInfo& track) override;
    void trackEvent(const pipeline::TrackInfo& track, const pipeline::Event& event) override;
    void trackEnded(const pipeline::TrackInfo& track, const pipeline::Outcome& outcome) override;
    /// A meeting whose room has no name is told to nobody.
    void sessionChanged(const store::Session& session) override;

private:
    Publisher& publisher_;
    const Clock clock_;
};

} // namespace lm::gateway
