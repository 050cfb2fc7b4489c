#include "service/exports/plan.hpp"

#include "service/domain/utf8.hpp"

#include <filesystem>
#include <set>

namespace lm::exports {
namespace {

/// Of its first sample: said by the file's own row, or by the track's.
std::optional<domain::UtcTime> startOf(const store::Track& track, const store::Recording& recording) {
    if (recording.startedAt) return recording.startedAt;
    if (!track.firstSampleAt || recording.sampleRate <= 0) return std::nullopt;
    const std::chrono::duration<double> before(static_cast<double>(recording.firstSample) /
                                               static_cast<double>(recording.sampleRate));
    return *track.firstSampleAt + std::chrono::duration_cast<domain::UtcTime::duration>(before);
}

/// Why a recording cannot be put in its place; nullptr when it can.
const char* obstacle(const PlannedTrack& track, bool timed) {
    if (!timed) return "it is not known when it began";
    if (track.video && !track.files.empty()) return "its pictures are in no Matroska file";
    return nullptr;
}

void add(Plan& plan, PlannedTrack& planned, const store::Track& track, const store::Recording& recording) {
    planned.video = recording.channels == 0;
    const auto start = startOf(track, recording);
    if (const char* reason = obstacle(planned, start.has_value())) {
        plan.leftOut.push_back({recording.id(), reason});
        return;
    }
    std::filesystem::path path(recording.path);
    if (planned.video) path.replace_extension(".mkv");
    const std::chrono::milliseconds length(planned.video ? recording.samples.value_or(0) : 0);
    planned.files.push_back({recording.id(), path, *start, length});
}

} // namespace

std::vector<std::string> participantsOf(const std::vector<store::Track>& tracks) {
    std::set<std::string> names;
    for (const store::Track& track : tracks)
        names.insert(track.participant);
    return {names.begin(), names.end()};
}

Plan planOf(const std::string& meeting, const std::string& participant,
            const std::vector<store::Track>& tracks, const std::vector<store::Recording>& recordings) {
    Plan plan{domain::printable(meeting + ' ' + participant), {}, {}};
    for (const store::Track& track : tracks) {
        if (track.participant != participant) continue;
        PlannedTrack planned{domain::printable(track.trackId.empty() ? track.id : track.trackId)};
        for (const store::Recording& recording : recordings)
            if (recording.track == track.id) add(plan, planned, track, recording);
        if (!planned.files.empty()) plan.tracks.push_back(std::move(planned));
    }
    return plan;
}

} // namespace lm::exports
