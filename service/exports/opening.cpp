#include "service/exports/opening.hpp"

#include "service/downloads/confined.hpp"
#include "service/exports/movie.hpp"
#include "service/exports/sound.hpp"
#include "service/http/filelimit.hpp"

#include <algorithm>

namespace lm::exports {
namespace {

using std::chrono::nanoseconds;

/// A file that was looked at: of sound with its format.
struct Found {
    const PlannedFile* planned;
    std::shared_ptr<const downloads::Snapshot> file;
    std::optional<SoundFile> sound = {};
};

struct FoundTrack {
    const PlannedTrack* planned;
    std::vector<Found> files = {};
};

Result<Found> look(const PlannedFile& planned, bool video, const Options& options) {
    auto file = downloads::openBelow(video ? options.videoDirectory : options.audioDirectory, planned.path);
    if (!file) return Error{"its file is not here: " + file.error().message};
    auto snapshot = downloads::takeSnapshot(std::move(*file));
    if (!snapshot) return snapshot.error();
    Found found{&planned, std::move(*snapshot)};
    if (video) {
        if (!holdsPictures(*found.file)) return Error{"its Matroska file has no pictures"};
        return found;
    }
    auto sound = examineSound(found.file, planned.path, {});
    if (!sound) return sound.error();
    if (sound->frames == 0) return Error{"there is no sound in it"};
    found.sound = std::move(*sound);
    return found;
}

Source sourceOf(FoundTrack track, domain::UtcTime origin) {
    const auto placeOf = [&](const Found& found) { return nanoseconds(found.planned->start - origin); };
    Source source{track.planned->title, nullptr};
    Found& first = track.files.front();
    if (track.planned->video) {
        source.begin = placeOf(first);
        if (first.planned->length.count() > 0) source.end = source.begin + first.planned->length;
        source.feed = std::make_unique<Movie>(std::move(first.file), first.planned->path);
        return source;
    }
    source.format = first.sound->format;
    std::vector<SoundFile> files;
    for (Found& found : track.files) {
        found.sound->start = placeOf(found);
        files.push_back(std::move(*found.sound));
    }
    std::stable_sort(files.begin(), files.end(),
                     [](const SoundFile& a, const SoundFile& b) { return a.start < b.start; });
    source.end = files.back().end();
    source.feed = std::make_unique<Sound>(std::move(files));
    return source;
}

/// Nothing when there are too few descriptors for so many files.
std::optional<std::vector<FoundTrack>> lookAtAll(const Plan& plan, const Options& options,
                                                 std::vector<LeftOut>& leftOut) {
    std::vector<FoundTrack> tracks;
    for (const PlannedTrack& planned : plan.tracks) {
        FoundTrack track{&planned};
        for (const PlannedFile& file : planned.files) {
            if (!http::DescriptorRoom::now().forConnection()) return std::nullopt;
            auto found = look(file, planned.video, options);
            if (found)
                track.files.push_back(std::move(*found));
            else
                leftOut.push_back({file.recording, found.error().message});
        }
        if (!track.files.empty()) tracks.push_back(std::move(track));
    }
    return tracks;
}

std::optional<Refusal> tooMuch(const Plan& plan, const Options& options) {
    std::size_t files = 0;
    for (const PlannedTrack& track : plan.tracks)
        files += track.files.size();
    if (plan.tracks.size() <= options.mostTracks && files <= options.mostFiles) return std::nullopt;
    return Refusal{Refusal::Kind::TooMuch,
                   "There are " + std::to_string(plan.tracks.size()) + " tracks in " + std::to_string(files) +
                       " files; one file takes " + std::to_string(options.mostTracks) + " and " +
                       std::to_string(options.mostFiles) + ". tools/mux has no such limit."};
}

} // namespace

std::variant<Opened, Refusal> open(const Plan& plan, const Options& options) {
    if (auto refusal = tooMuch(plan, options)) return *refusal;
    Opened opened{{}, plan.leftOut};
    auto tracks = lookAtAll(plan, options, opened.leftOut);
    if (!tracks)
        return Refusal{Refusal::Kind::Busy,
                       "There are not enough file descriptors for so many recordings just "
                       "now; raise the limit (ulimit -n) or try again."};
    if (tracks->empty()) {
        std::string reason = "There is no recording to export.";
        if (!opened.leftOut.empty())
            reason += " Of " + opened.leftOut.front().recording + ": " + opened.leftOut.front().reason + '.';
        return Refusal{Refusal::Kind::Nothing, reason};
    }
    domain::UtcTime origin = domain::UtcTime::max(), last = domain::UtcTime::min();
    for (const FoundTrack& track : *tracks)
        for (const Found& file : track.files) {
            origin = std::min(origin, file.planned->start);
            last = std::max(last, file.planned->start);
        }
    if (last - origin > options.longest)
        return Refusal{Refusal::Kind::TooMuch, "Its recordings began between " + domain::utcText(origin) +
                                                   " and " + domain::utcText(last) +
                                                   ": that is too far apart for one file."};
    for (FoundTrack& track : *tracks)
        opened.sources.push_back(sourceOf(std::move(track), origin));
    return opened;
}

} // namespace lm::exports
