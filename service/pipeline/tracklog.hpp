#pragma once

#include "service/pipeline/observer.hpp"

namespace lm::pipeline {

/// Writes a track's life into the daemon's log: one line an event, blocks and deliveries at level debug.
class TrackLog : public TrackObserver {
public:
    void trackStarted(const TrackInfo& track) override;
    void trackEvent(const TrackInfo& track, const Event& event) override;
    void trackEnded(const TrackInfo& track, const Outcome& outcome) override;
};

} // namespace lm::pipeline
