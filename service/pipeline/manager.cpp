#include "service/pipeline/manager.hpp"

#include "plugins/common/names.hpp"
#include "service/logging/log.hpp"
#include "service/pipeline/builder.hpp"
#include "service/pipeline/dot.hpp"
#include "service/pipeline/recording.hpp"
#include "service/pipeline/trackvalues.hpp"

#include <algorithm>
#include <string_view>

namespace lm::pipeline {
namespace {

using std::chrono::milliseconds;

constexpr char connectionHandle[] = "connection";
/// Beyond what the sink may wait for its last answers.
constexpr milliseconds drainMargin{5000};

/// Never used twice, in any run of any replica: databases, ledgers and analysis services keep it.
std::string newHandle() {
    return Owned<char>(g_uuid_string_random()).get();
}

/// What is kept of the shutdown time for cutting and flushing.
milliseconds drainDeadline(const config::Settings& settings) {
    const milliseconds all(settings.shutdownTimeoutMs);
    return all - std::min(all / 4, milliseconds(2000));
}

/// So that what GStreamer logs and draws says which track it is about.
void nameTrack(GstElement* pipeline, const std::string& id) {
    gst_object_set_name(GST_OBJECT(pipeline), ("track-" + id).c_str());
    const auto mark = [&](gpointer object) {
        g_object_set_data_full(G_OBJECT(object), names::trackData, g_strdup(id.c_str()), g_free);
    };
    mark(pipeline);
    for (const GList* child = GST_BIN_CHILDREN(pipeline); child; child = child->next)
        mark(child->data);
}

/// The sinks for recordings make it with the first data, on a thread that may wait for a disk.
bool expectsDirectory(GstElement* pipeline) {
    for (const GList* child = GST_BIN_CHILDREN(pipeline); child; child = child->next) {
        const GstElementFactory* factory = gst_element_get_factory(GST_ELEMENT(child->data));
        if (factory && std::string_view(GST_OBJECT_NAME(factory)) == "filesink") return true;
    }
    return false;
}

/// Settings without effect are worth one line at start.
void warnUnused(const Description& description, const std::vector<std::string>& names) {
    std::string list;
    for (const std::string& name : names)
        list += (list.empty() ? "" : " ") + name;
    if (!list.empty())
        logging::warning("pipeline", "the description lacks parameters; these settings have no effect",
                         {{"file", description.file}, {"parameters", list}});
}

/// The description of a kind of track, once the settings fit it.
Result<const Description*> choose(const config::Settings& settings, const Catalogue& catalogue,
                                  domain::Media media) {
    const bool delivers = !settings.imentiv.endpointUrl.empty();
    const std::string name =
        domain::isVideo(media) ? std::string("video-") + domain::mediaName(media) : "audio";
    const Description* description = catalogue.find(name, delivers ? "" : "record-only");
    if (!description) return Error{"there is no description '" + name + "'", "pipelines"};
    const bool takesConnection = std::any_of(description->handles.begin(), description->handles.end(),
                                             [](const Handle& h) { return h.name == connectionHandle; });
    if (!takesConnection) return Error{"has no handle 'connection'", description->file + ": /handles"};
    // What every track gets, with an example of a track: settings that do not fit are found now.
    domain::EgressRequest anyone;
    anyone.room = "room";
    anyone.media = media;
    Values example = trackValues(settings, anyone, "recording.wav", newHandle());
    auto unused = keepKnown(*description, example);
    if (const auto all = complete(*description, example); !all)
        return Error{"the settings do not fit: " + all.error().message,
                     description->file + ": /parameters/properties" + all.error().where};
    if (!delivers)
        std::erase_if(unused, [](const std::string& n) { return n == "target-rms" || n == "normalize"; });
    warnUnused(*description, unused);
    return description;
}

} // namespace

Result<std::unique_ptr<TrackManager>> TrackManager::create(const config::Settings& settings,
                                                           const Catalogue& catalogue,
                                                           std::vector<TrackObserver*> observers,
                                                           GMainContext* context) {
    Descriptions descriptions;
    for (const auto media :
         {domain::Media::Audio, domain::Media::H264, domain::Media::Vp8, domain::Media::Vp9}) {
        const auto description = choose(settings, catalogue, media);
        if (!description) return description.error();
        descriptions.emplace(media, *description);
    }
    return std::unique_ptr<TrackManager>(
        new TrackManager(settings, std::move(descriptions), std::move(observers), context));
}

TrackManager::TrackManager(const config::Settings& settings, Descriptions descriptions,
                           std::vector<TrackObserver*> observers, GMainContext* context)
    : settings_(settings), descriptions_(std::move(descriptions)), observers_(std::move(observers)),
      queue_(context, [this](BusQueue::Token token, const Event& event) { onEvent(token, event); }) {}

const std::string& TrackManager::outputDir(domain::Media media) const {
    return domain::isVideo(media) ? settings_.egress.videoOutputDir : settings_.egress.audioOutputDir;
}

TrackManager::~TrackManager() = default;

bool TrackManager::canStart() const {
    return !draining_ && tracks_.size() < settings_.egress.maxTracks;
}

std::size_t TrackManager::active() const {
    return tracks_.size();
}

Result<std::string> TrackManager::start(const domain::EgressRequest& request, Ref<GIOStream> connection) {
    if (!canStart())
        return Error{draining_ ? "the service is shutting down" : "the limit of tracks is reached"};
    auto now = std::chrono::system_clock::now();
    const std::string& directory = outputDir(request.media);
    const Description& description = *descriptions_.at(request.media);
    std::string recording = recordingPath(directory, request, now);
    while (isRecording(recording)) // another socket of the track within the millisecond
        recording = recordingPath(directory, request, now += milliseconds(1));
    std::string id = newHandle();
    Values values = trackValues(settings_, request, recording, id);
    Track track{{std::move(id), request, recording, now}, &description, std::move(values), nullptr};
    keepKnown(description, track.values);
    Handles handles;
    handles.emplace(connectionHandle, Ref<GObject>::share(G_OBJECT(connection.get())));
    auto built = build(description, track.values, handles);
    if (!built) return Error{built.error().message, built.error().where};
    if (expectsDirectory(built->get())) makeDirectoryOf(recording);
    nameTrack(built->get(), track.info.id);
    const auto token = nextToken_++;
    const milliseconds drain = milliseconds(settings_.imentiv.drainTimeoutMs) + drainMargin;
    track.controller =
        std::make_unique<Controller>(std::move(*built), description, queue_, token, reaper_, drain);
    Track& kept = tracks_.emplace(token, std::move(track)).first->second;
    for (TrackObserver* observer : observers_)
        observer->trackStarted(kept.info);
    // A failed start stays a track until it is down, so that its end and the reason are told like any
    // other's.
    if (!kept.controller->start()) return Error{"the pipeline of the track cannot be started", kept.info.id};
    return kept.info.id;
}

void TrackManager::onEvent(BusQueue::Token token, const Event& event) {
    const auto found = tracks_.find(token);
    if (found == tracks_.end()) return;
    Track& track = found->second;
    if (std::holds_alternative<BlockEvent>(event)) ++track.info.blocks;
    if (const auto* closed = std::get_if<ClosedEvent>(&event)) {
        track.info.samples = closed->samples;
        track.info.figures = closed->figures;
        worstLateness_ = std::max(worstLateness_, std::chrono::nanoseconds(closed->worstLatenessNs));
    }
    if (const auto* part = std::get_if<PartOpenedEvent>(&event)) {
        track.info.parts = part->part.number;
        if (track.info.parts == 1) track.info.recording = part->part.location;
    }
    if (const auto* recorded = std::get_if<RecordedEvent>(&event)) track.info.skipped = recorded->skipped;
    for (TrackObserver* observer : observers_)
        observer->trackEvent(track.info, event);
    track.controller->handle(event);
    if (track.controller->state() == State::Ended) finish(token);
}

void TrackManager::finish(BusQueue::Token token) {
    const auto node = tracks_.extract(token);
    const Track& track = node.mapped();
    for (TrackObserver* observer : observers_)
        observer->trackEnded(track.info, track.controller->outcome());
    if (draining_ && track.controller->wasCut()) drainedClean_ = false;
    if (tracks_.empty() && drained_) std::exchange(drained_, nullptr)(drainedClean_);
}

void TrackManager::drain(std::function<void(bool clean)> done) {
    draining_ = true;
    if (tracks_.empty()) return done(true);
    drained_ = std::move(done);
    for (auto& [token, track] : tracks_)
        track.controller->end(drainDeadline(settings_));
}

void TrackManager::abort() {
    draining_ = true;
    for (auto& [token, track] : tracks_)
        track.controller->cancel("cut at shutdown");
}

bool TrackManager::isRecording(const std::string& path) const {
    return std::any_of(tracks_.begin(), tracks_.end(),
                       [&](const auto& entry) { return entry.second.info.recording == path; });
}

const TrackManager::Track* TrackManager::find(const std::string& id) const {
    for (const auto& [token, track] : tracks_)
        if (track.info.id == id) return &track;
    return nullptr;
}

json::Node TrackManager::describe(const std::string& id) const {
    const Track* track = find(id);
    return track ? resolved(*track->description, track->values) : json::Node();
}

std::string TrackManager::dot(const std::string& id) const {
    const Track* track = find(id);
    GstElement* pipeline = track ? track->controller->pipeline() : nullptr;
    return pipeline ? dotText(pipeline, *track->description, track->values) : std::string();
}

void TrackManager::visit(const Visitor& visitor) const {
    for (const auto& [token, track] : tracks_)
        if (GstElement* pipeline = track.controller->pipeline())
            visitor(track.info, track.controller->state(), read(pipeline, *track.description));
}

void TrackManager::visit(const std::string& id, const Visitor& visitor) const {
    const Track* track = find(id);
    GstElement* pipeline = track ? track->controller->pipeline() : nullptr;
    if (pipeline) visitor(track->info, track->controller->state(), read(pipeline, *track->description));
}

std::optional<SpoolReadings> TrackManager::spool() const {
    for (const auto& [token, track] : tracks_)
        if (GstElement* pipeline = track.controller->pipeline();
            pipeline && !track.description->destination.empty())
            return readSpool(pipeline, *track.description);
    return std::nullopt;
}

std::optional<IngestReadings> TrackManager::ingest() const {
    for (const auto& [token, track] : tracks_)
        if (GstElement* pipeline = track.controller->pipeline()) return readIngest(pipeline);
    return std::nullopt;
}

} // namespace lm::pipeline
