#include "plugins/wsaudiosrc/trackreport.hpp"

#include "plugins/common/names.hpp"

namespace lm::wsaudiosrc {
namespace {

namespace names = lm::names::wsaudiosrc;

struct Count {
    const char* name;
    std::uint64_t value;
};

void add(GstStructure* structure, std::initializer_list<Count> counts) {
    for (const auto& count : counts)
        gst_structure_set(structure, count.name, G_TYPE_UINT64, guint64{count.value}, nullptr);
}

/// What `stats` and the end of the track have in common.
void addTrack(GstStructure* structure, const PushStats& s) {
    add(structure, {{"samples", s.samples},
                    {"bytes", s.session.bytes},
                    {"messages", s.session.messages},
                    {"gaps", s.gaps},
                    {"filled", s.filled},
                    {"stalls", s.stalls},
                    {"mutes", s.mutes},
                    {"muted-samples", s.mutedSamples},
                    {"dropped-samples", s.droppedSamples}});
    gst_structure_set(structure, "rate", G_TYPE_INT, static_cast<gint>(s.format.rate), "channels", G_TYPE_INT,
                      static_cast<gint>(s.format.channels), "byte-rate", G_TYPE_DOUBLE, s.byteRate,
                      "rate-ratio", G_TYPE_DOUBLE, s.rateRatio, "drift-ppm", G_TYPE_DOUBLE, s.driftPpm,
                      "utc-ns", G_TYPE_INT64, s.utc, nullptr);
}

} // namespace

GstStructure* makeStats(const PushStats& s) {
    GstStructure* structure = gst_structure_new_empty("stats");
    addTrack(structure, s);
    add(structure, {{"buffers", s.buffers},
                    {"texts", s.session.texts},
                    {"bad-texts", s.badTexts},
                    {"ignored-texts", s.ignoredTexts},
                    {"pings", s.session.pings},
                    {"unsent-pongs", s.session.unsentPongs},
                    {"gap-time", s.gapTime},
                    {"unfilled-time", s.unfilledTime},
                    {"stall-time", s.stallTime},
                    {"refused-bytes", s.refusedBytes}});
    return structure;
}

GstStructure* gapMessage(std::uint64_t sample, std::uint64_t duration, std::uint64_t filled,
                         std::uint64_t unfilled) {
    GstStructure* structure = gst_structure_new_empty(names::msgGap);
    add(structure,
        {{"sample", sample}, {"duration-ns", duration}, {"filled", filled}, {"unfilled-ns", unfilled}});
    return structure;
}

GstStructure* stallMessage(std::uint64_t sample, const Stall& stall, std::int64_t utc, std::int64_t missing) {
    GstStructure* structure =
        gst_structure_new(names::msgStall, "utc-ns", G_TYPE_INT64, utc, "resumed", G_TYPE_BOOLEAN,
                          static_cast<gboolean>(stall.resumed), nullptr);
    add(structure, {{"sample", sample},
                    {"duration-ns", static_cast<std::uint64_t>(stall.duration)},
                    {"burst-ns", static_cast<std::uint64_t>(stall.burst)},
                    {"missing-ns", static_cast<std::uint64_t>(missing)}});
    return structure;
}

GstStructure* closedMessage(const ingest::CloseInfo& info, const PushStats& s,
                            std::chrono::nanoseconds worstLateness) {
    GstStructure* structure = gst_structure_new(
        names::msgClosed, "code", G_TYPE_UINT, static_cast<guint>(info.code), "clean", G_TYPE_BOOLEAN,
        static_cast<gboolean>(info.clean), "reason", G_TYPE_STRING, info.reason.c_str(), nullptr);
    addTrack(structure, s);
    add(structure, {{"gap-ns", s.gapTime},
                    {"unfilled-ns", s.unfilledTime},
                    {"stall-ns", s.stallTime},
                    {names::worstLateness, static_cast<std::uint64_t>(worstLateness.count())}});
    return structure;
}

} // namespace lm::wsaudiosrc
