#include "service/rest/audio.hpp"

#include "plugins/common/cboundary.hpp"
#include "service/downloads/confined.hpp"
#include "service/downloads/filebody.hpp"
#include "service/http/range.hpp"
#include "service/logging/log.hpp"
#include "service/rest/answers.hpp"
#include "service/store/tracks.hpp"

#include <atomic>
#include <filesystem>

namespace lm::rest {
namespace {

using downloads::Snapshot;

/// What all downloads share.
struct Desk {
    store::Store& store;
    std::shared_ptr<downloads::Readers> readers;
    AudioOptions options;
    std::shared_ptr<std::atomic<std::size_t>> running = std::make_shared<std::atomic<std::size_t>>(0);
};

/// A place among the downloads, given back with the last handle; nullptr when all are taken.
std::shared_ptr<void> takePlace(const Desk& desk) {
    if (++*desk.running > desk.options.mostDownloads) {
        --*desk.running;
        return nullptr;
    }
    return {desk.running.get(), [running = desk.running](void*) { --*running; }};
}

http::Response busy() {
    return std::move(
        http::problem(503, "too_many_downloads", "Too many recordings are being downloaded; try again.")
            .with("Retry-After", "5"));
}

http::Response gone() {
    return http::problem(404, "no_file",
                         "The file of this recording is not here: moved away, deleted, or on "
                         "another replica.");
}

const char* typeOf(const std::string& name) {
    if (name.ends_with(".wav")) return "audio/wav";
    if (name.ends_with(".h264")) return "video/h264";
    return name.ends_with(".ivf") ? "video/x-ivf" : "application/octet-stream";
}

http::Response describe(http::Response response, const Snapshot& snapshot) {
    return std::move(response.with("ETag", snapshot.etag)
                         .with("Last-Modified", http::httpDate(snapshot.lastModified))
                         .with("Accept-Ranges", "bytes")
                         .with("Cache-Control", "private, no-cache"));
}

std::int64_t unixNow() {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

http::Response serve(const Desk& desk, const http::Request& request, const std::string& name,
                     const std::shared_ptr<const Snapshot>& snapshot, std::shared_ptr<void> place) {
    using Kind = http::Selection::Kind;
    const auto wanted =
        http::select(request, snapshot->size, {snapshot->etag, snapshot->lastModified}, unixNow());
    if (wanted.kind == Kind::NotModified) return describe({304}, *snapshot);
    if (wanted.kind == Kind::Unsatisfiable)
        return std::move(http::problem(416, "range_not_satisfiable", "The recording ends before this range.")
                             .with("Content-Range", http::contentRange(wanted, snapshot->size)));
    http::Response response = describe({wanted.kind == Kind::Part ? 206u : 200u}, *snapshot);
    if (wanted.kind == Kind::Part) response.with("Content-Range", http::contentRange(wanted, snapshot->size));
    response.with("Content-Disposition", "attachment; filename=\"" + plainName(name) + "\"");
    response.type = typeOf(name);
    response.source = std::make_shared<downloads::FileBody>(snapshot, wanted.first, wanted.length,
                                                            desk.readers, std::move(place));
    return response;
}

/// On a thread of the readers: opening may wait for a disk, too.
http::Response open(const Desk& desk, const http::Request& request, const store::Recording& recording,
                    std::shared_ptr<void> place) {
    auto file = downloads::openBelow(
        recording.channels == 0 ? desk.options.videoDirectory : desk.options.directory, recording.path);
    if (!file) {
        logging::warning(
            "rest", "a recording cannot be served",
            {{"recording", recording.id()}, {"file", recording.path}, {"reason", file.error().message}});
        return gone();
    }
    const auto snapshot = downloads::takeSnapshot(std::move(*file));
    if (!snapshot) return http::problem(500, "unreadable", "The file of this recording cannot be read.");
    return serve(desk, request, std::filesystem::path(recording.path).filename(), *snapshot,
                 std::move(place));
}

using Found = std::optional<store::Recording>;

http::Response audio(const std::shared_ptr<const Desk>& desk, const http::Request& request) {
    auto place = takePlace(*desk);
    if (!place) return busy();
    http::Response response;
    response.later = [desk, request, place](const http::Answer& answer) {
        const auto found = [desk, request, place, answer](const store::Outcome<Found>& recording) {
            if (!recording) return answer(problemOf(recording.failure()));
            if (!*recording)
                return answer(http::problem(404, "not_found", "There is no recording of this id."));
            const bool taken = desk->readers->run([desk, request, place, answer, row = **recording] {
                http::Response made = http::problem(500, "unreadable", "The recording cannot be read.");
                fence("recording", [&] { made = open(*desk, request, row, place); });
                answer(std::move(made));
            });
            if (!taken) answer(busy());
        };
        desk->store.ask<Found>(
            patience,
            [id = request.parameters.at("id")](store::Connection& connection) {
                return store::findRecording(connection, id);
            },
            found);
    };
    return response;
}

} // namespace

void addRecordingAudio(http::Router& router, store::Store& store, const access::Gate& gate,
                       std::shared_ptr<downloads::Readers> readers, AudioOptions options) {
    const auto desk = std::make_shared<const Desk>(Desk{store, std::move(readers), std::move(options)});
    router.add("GET", "/api/recordings/{id}/audio",
               gate.guard(access::Role::Viewer,
                          [desk](const http::Request& request) { return audio(desk, request); }));
}

} // namespace lm::rest
