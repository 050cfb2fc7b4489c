#pragma once

#include "service/metrics/samples.hpp"

#include <prometheus/registry.h>

#include <functional>
#include <memory>
#include <string>

namespace lm::metrics {

/// Everything that is counted, as text for Prometheus. What happens is counted in the registry when it
/// happens; what is (queues, files, threads) is read by collectors at the moment of a scrape. Lives on the
/// main context; counters of the registry may be raised on any thread.
class Metrics {
public:
    using Collector = std::function<void(Samples&)>;

    prometheus::Registry& registry() { return *registry_; }
    /// Called at each scrape, in the order added; must not block.
    void collect(Collector collector) { collectors_.push_back(std::move(collector)); }

    /// Prometheus' text format 0.0.4.
    std::string text() const;
    static constexpr char contentType[] = "text/plain; version=0.0.4; charset=utf-8";

private:
    std::unique_ptr<prometheus::Registry> registry_ = std::make_unique<prometheus::Registry>();
    std::vector<Collector> collectors_;
};

} // namespace lm::metrics
