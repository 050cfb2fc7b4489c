#include "service/metrics/samples.hpp"

#include <algorithm>
#include <limits>

namespace lm::metrics {

prometheus::ClientMetric& Samples::add(const std::string& name, const std::string& help,
                                       prometheus::MetricType type, const Labels& labels) {
    auto family =
        std::find_if(families_.begin(), families_.end(), [&](const auto& f) { return f.name == name; });
    if (family == families_.end()) {
        families_.push_back({name, help, type, {}});
        family = std::prev(families_.end());
    }
    auto& metric = family->metric.emplace_back();
    for (const auto& [label, value] : labels)
        metric.label.push_back({label, value});
    return metric;
}

void Samples::gauge(const std::string& name, const std::string& help, double value, const Labels& labels) {
    add(name, help, prometheus::MetricType::Gauge, labels).gauge.value = value;
}

void Samples::counter(const std::string& name, const std::string& help, double value, const Labels& labels) {
    add(name, help, prometheus::MetricType::Counter, labels).counter.value = value;
}

void Samples::histogram(const std::string& name, const std::string& help, const std::vector<double>& bounds,
                        const std::vector<std::uint64_t>& counts, double sum) {
    auto& histogram = add(name, help, prometheus::MetricType::Histogram, {}).histogram;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        histogram.sample_count += counts[i];
        const bool last = i >= bounds.size();
        histogram.bucket.push_back(
            {histogram.sample_count, last ? std::numeric_limits<double>::infinity() : bounds[i]});
    }
    histogram.sample_sum = sum;
}

} // namespace lm::metrics
