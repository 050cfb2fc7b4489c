#include "service/pipeline/readings.hpp"

#include "plugins/common/names.hpp"
#include "service/pipeline/template.hpp"

namespace lm::pipeline {
namespace {

constexpr char sourceRole[] = "source";

/// The structure in a read-only property; null when the element is another one than ours.
Owned<GstStructure> structureOf(GstElement* element, const char* property) {
    const GParamSpec* spec = g_object_class_find_property(G_OBJECT_GET_CLASS(element), property);
    if (!spec || spec->value_type != GST_TYPE_STRUCTURE) return nullptr;
    GstStructure* structure = nullptr;
    g_object_get(element, property, &structure, nullptr);
    return Owned<GstStructure>(structure);
}

Owned<GstStructure> structureOf(GstElement* pipeline, const std::string& role, const char* property) {
    const auto element = findRole(pipeline, role);
    return element ? structureOf(element.get(), property) : nullptr;
}

std::uint64_t number(const Owned<GstStructure>& structure, const char* field) {
    const GValue* value = structure ? gst_structure_get_value(structure.get(), field) : nullptr;
    if (!value) return 0;
    if (G_VALUE_HOLDS_UINT64(value)) return g_value_get_uint64(value);
    return G_VALUE_HOLDS_UINT(value) ? g_value_get_uint(value) : 0;
}

std::vector<std::uint64_t> numbers(const Owned<GstStructure>& structure, const char* field) {
    std::vector<std::uint64_t> all;
    const GValue* array = structure ? gst_structure_get_value(structure.get(), field) : nullptr;
    if (!array || !GST_VALUE_HOLDS_ARRAY(array)) return all;
    for (guint i = 0; i < gst_value_array_get_size(array); ++i)
        all.push_back(g_value_get_uint64(gst_value_array_get_value(array, i)));
    return all;
}

} // namespace

Readings read(GstElement* pipeline, const Description& description) {
    const auto source = structureOf(pipeline, sourceRole, names::wsaudiosrc::stats);
    Readings all{number(source, "bytes"), number(source, "samples"), number(source, "messages")};
    if (source) {
        gst_structure_get(source.get(), "byte-rate", G_TYPE_DOUBLE, &all.byteRate, nullptr);
        gst_structure_get(source.get(), "rate-ratio", G_TYPE_DOUBLE, &all.rateRatio, nullptr);
        gst_structure_get(source.get(), "drift-ppm", G_TYPE_DOUBLE, &all.driftPpm, nullptr);
    }
    for (const std::string& role : description.destination) {
        const auto sink = structureOf(pipeline, role, names::imentivsink::stats);
        all.queuedBlocks += number(sink, "queued-blocks");
        all.queuedBytes += number(sink, "queued-bytes");
        all.inFlight += number(sink, "in-flight");
    }
    return all;
}

SpoolReadings readSpool(GstElement* pipeline, const Description& description) {
    if (description.destination.empty()) return {};
    const auto sink = findRole(pipeline, description.destination.front());
    return sink ? readSpool(sink.get()) : SpoolReadings{};
}

SpoolReadings readSpool(GstElement* sink) {
    const auto stats = structureOf(sink, names::imentivsink::stats);
    const char* circuit = stats ? gst_structure_get_string(stats.get(), "circuit") : nullptr;
    return {number(stats, "spool-blocks"),        number(stats, "spool-bytes"),
            number(stats, "spool-oldest-age-ns"), number(stats, "spool-dead-blocks"),
            number(stats, "spool-dead-bytes"),    number(stats, "spool-bad-files"),
            number(stats, "spool-gone-files"),    circuit ? circuit : ""};
}

IngestReadings readIngest(GstElement* pipeline) {
    const auto stats = structureOf(pipeline, sourceRole, names::wsaudiosrc::ingestStats);
    return {number(stats, "recent-ns"), number(stats, "worst-ns"), number(stats, "sum-ns"),
            numbers(stats, "bounds-ns"), numbers(stats, "counts")};
}

} // namespace lm::pipeline
