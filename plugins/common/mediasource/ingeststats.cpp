#include "plugins/common/mediasource/ingeststats.hpp"

#include <algorithm>
#include <span>

namespace lm::mediasource {
namespace {

using ingest::Lateness;

std::uint64_t ns(Lateness::Duration time) {
    return static_cast<std::uint64_t>(time.count());
}

void setArray(GstStructure* structure, const char* field, std::span<const std::uint64_t> values) {
    GValue array = G_VALUE_INIT;
    gst_value_array_init(&array, static_cast<guint>(values.size()));
    for (const std::uint64_t value : values) {
        GValue item = G_VALUE_INIT;
        g_value_init(&item, G_TYPE_UINT64);
        g_value_set_uint64(&item, value);
        gst_value_array_append_and_take_value(&array, &item);
    }
    gst_structure_take_value(structure, field, &array);
}

} // namespace

GstStructure* ingestStats(const ingest::Pool::LatenessReading& reading) {
    GstStructure* all = gst_structure_new("ingest-stats", "recent-ns", G_TYPE_UINT64, ns(reading.recent),
                                          "worst-ns", G_TYPE_UINT64, ns(reading.worst), "sum-ns",
                                          G_TYPE_UINT64, ns(Lateness::sum()), nullptr);
    std::array<std::uint64_t, Lateness::bounds.size()> bounds;
    std::transform(Lateness::bounds.begin(), Lateness::bounds.end(), bounds.begin(), ns);
    setArray(all, "bounds-ns", bounds);
    setArray(all, "counts", Lateness::counts());
    return all;
}

} // namespace lm::mediasource
