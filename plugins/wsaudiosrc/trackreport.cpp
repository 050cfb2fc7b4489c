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

std::string reasonOf(const FormatAlarm& alarm) {
    const auto number = [](double value) { return std::to_string(std::llround(value)); };
    const auto describe = [](const AudioFormat& f) {
        return std::to_string(f.rate) + " Hz, " + std::to_string(f.channels) +
               (f.channels == 1 ? " channel" : " channels");
    };
    std::string text = "declared are " + describe(alarm.declared) + ", " +
                       number(alarm.byteRate / alarm.ratio) + " bytes a second, but " +
                       number(alarm.byteRate) + " arrive";
    if (alarm.certain) text += " and left equals right";
    if (alarm.measured == alarm.declared) return text;
    return text + ": that is " + describe(alarm.measured) +
           ", so declare sampleRate=" + std::to_string(alarm.measured.rate) +
           "&channels=" + std::to_string(alarm.measured.channels);
}

GstStructure* formatAlarmMessage(const FormatAlarm& alarm, const std::string& reason, bool corrected,
                                 std::uint64_t sample) {
    return gst_structure_new(
        names::msgFormatAlarm, "rate", G_TYPE_INT, static_cast<gint>(alarm.declared.rate), "channels",
        G_TYPE_INT, static_cast<gint>(alarm.declared.channels), "measured-rate", G_TYPE_INT,
        static_cast<gint>(alarm.measured.rate), "measured-channels", G_TYPE_INT,
        static_cast<gint>(alarm.measured.channels), "byte-rate", G_TYPE_DOUBLE, alarm.byteRate, "rate-ratio",
        G_TYPE_DOUBLE, alarm.ratio, "reason", G_TYPE_STRING, reason.c_str(), "corrected", G_TYPE_BOOLEAN,
        static_cast<gboolean>(corrected), "sample", G_TYPE_UINT64, guint64{sample}, nullptr);
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
