#pragma once

#include <prometheus/metric_family.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace lm::metrics {

/// Values read at the moment of a scrape, in Prometheus' types. Names and units follow its conventions: base
/// units (seconds, bytes), counters end in `_total`; labels have few values, never an id.
class Samples {
public:
    using Labels = std::vector<std::pair<std::string, std::string>>;

    void gauge(const std::string& name, const std::string& help, double value, const Labels& labels = {});
    /// A value that only grows, counted elsewhere.
    void counter(const std::string& name, const std::string& help, double value, const Labels& labels = {});
    /// `counts` per bucket, not cumulative; one more than `bounds`: those beyond the last.
    void histogram(const std::string& name, const std::string& help, const std::vector<double>& bounds,
                   const std::vector<std::uint64_t>& counts, double sum);

    std::vector<prometheus::MetricFamily> take() { return std::move(families_); }

private:
    prometheus::ClientMetric& add(const std::string& name, const std::string& help,
                                  prometheus::MetricType type, const Labels& labels);
    std::vector<prometheus::MetricFamily> families_;
};

} // namespace lm::metrics
