#pragma once

#include "service/config/settings.hpp"
#include "service/pipeline/catalogue.hpp"
#include "service/pipeline/controller.hpp"
#include "service/pipeline/observer.hpp"
#include "service/pipeline/readings.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace lm::pipeline {

/// Every running track. Lives on one main context, and calls the observers there.
class TrackManager {
public:
    /// Chooses the descriptions `video-<codec>` and `audio`: of that the variant `record-only` when no
    /// analysis service is configured. An Error when the settings do not fit the description. `context`
    /// nullptr is the default one. What is passed by reference outlives the manager.
    static Result<std::unique_ptr<TrackManager>> create(const config::Settings& settings,
                                                        const Catalogue& catalogue,
                                                        std::vector<TrackObserver*> observers,
                                                        GMainContext* context = nullptr);
    /// Cuts what still runs; waits a bounded time for the pipelines' ends.
    ~TrackManager();

    /// Takes over an upgraded connection: a pipeline records it from now on. Returns the track's handle.
    Result<std::string> start(const domain::EgressRequest& request, Ref<GIOStream> connection);
    /// False at the limit of tracks and while draining.
    bool canStart() const;
    /// Tracks whose pipelines are not yet in NULL.
    std::size_t active() const;

    /// How late an ingest thread was at worst, as the tracks that have closed saw it.
    std::chrono::nanoseconds worstLateness() const { return worstLateness_; }

    /// Ends every track's input and calls `done` once, when all have ended (false: one had to be
    /// cut); at once when none runs. No track
    /// starts any more. The pipelines are cut shortly before the shutdown deadline.
    void drain(std::function<void(bool clean)> done);
    /// Cuts every pipeline now; their ends follow.
    void abort();

    /// What a track runs with, without secrets; empty for an unknown track.
    json::Node describe(const std::string& id) const;
    /// The running pipeline as a graphviz drawing, see dotText; empty for a track that is unknown or on its
    /// way down.
    std::string dot(const std::string& id) const;

    using Visitor = std::function<void(const TrackInfo&, State, const Readings&)>;
    /// Every track with what its elements count now. What is on its way down is left out: its last word is
    /// the `closed` event.
    void visit(const Visitor& visitor) const;
    /// The same for one track; nothing happens when it is unknown.
    void visit(const std::string& id, const Visitor& visitor) const;
    /// Of the ingest threads; nothing while there are none, that is while no track runs.
    std::optional<IngestReadings> ingest() const;
    /// Of spool and circuit; nothing while no track runs.
    std::optional<SpoolReadings> spool() const;
    /// Messages of pipelines that wait for the main context, and those discarded because too many did.
    std::size_t queuedEvents() const { return queue_.queued(); }
    std::uint64_t discardedEvents() const { return queue_.discarded(); }

private:
    struct Track {
        TrackInfo info;
        const Description* description;
        Values values;
        std::unique_ptr<Controller> controller;
    };

    using Descriptions = std::map<domain::Media, const Description*>;

    TrackManager(const config::Settings& settings, Descriptions descriptions,
                 std::vector<TrackObserver*> observers, GMainContext* context);
    void onEvent(BusQueue::Token token, const Event& event);
    void finish(BusQueue::Token token);
    const std::string& outputDir(domain::Media media) const;
    const Track* find(const std::string& id) const;
    bool isRecording(const std::string& path) const;
    /// A running track records into the directory of `path`.

    const config::Settings& settings_;
    const Descriptions descriptions_;
    const std::vector<TrackObserver*> observers_;
    Reaper reaper_;
    BusQueue queue_;
    std::unordered_map<BusQueue::Token, Track> tracks_;
    BusQueue::Token nextToken_ = 1;
    std::chrono::nanoseconds worstLateness_{0};
    bool draining_ = false;
    bool drainedClean_ = true; // no track had to be cut
    std::function<void(bool)> drained_;
};

} // namespace lm::pipeline
