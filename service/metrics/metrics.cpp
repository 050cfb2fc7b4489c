#include "service/metrics/metrics.hpp"

#include <prometheus/text_serializer.h>

#include <iterator>

namespace lm::metrics {

std::string Metrics::text() const {
    Samples samples;
    for (const Collector& collector : collectors_)
        collector(samples);
    auto families = registry_->Collect();
    auto read = samples.take();
    families.insert(families.end(), std::make_move_iterator(read.begin()),
                    std::make_move_iterator(read.end()));
    return prometheus::TextSerializer().Serialize(families);
}

} // namespace lm::metrics
