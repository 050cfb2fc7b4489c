#pragma once

#include "service/metrics/metrics.hpp"
#include "service/pipeline/observer.hpp"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>

namespace lm::metrics {

/// Counts what tracks say. A counter that has not moved yet is there with 0, so that a rate over its first
/// step is right.
class TrackMetrics : public pipeline::TrackObserver {
public:
    /// `metrics` must outlive it.
    explicit TrackMetrics(Metrics& metrics);

    void trackStarted(const pipeline::TrackInfo& track) override;
    void trackEvent(const pipeline::TrackInfo& track, const pipeline::Event& event) override;
    void trackEnded(const pipeline::TrackInfo& track, const pipeline::Outcome& outcome) override;
    /// What is said of blocks whose track has ended.
    void count(const pipeline::Event& event);

private:
    struct Counters;
    prometheus::Family<prometheus::Counter>& ended_;
    std::shared_ptr<Counters> counters_;
};

} // namespace lm::metrics
