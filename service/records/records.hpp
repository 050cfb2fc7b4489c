#pragma once

#include "service/pipeline/observer.hpp"
#include "service/store/change.hpp"
#include "service/store/tracks.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

namespace lm::records {

/// `Store::write`: stores later, in order, never waits. `weight`: bytes that the change holds.
using Write = std::function<void(std::size_t weight, store::Change change)>;

/// Keeps the rows of tracks, of the files of their recordings and of their blocks in the database. What it
/// says twice does no harm, and the database may be away: see Store. Lives on the main context.
class Records : public pipeline::TrackObserver {
public:
    struct Options {
        std::string outputDirectory; // paths of recordings are kept relative to it
        bool delivers = false;       // blocks are sent to an analysis service; else they have no rows
        std::function<domain::UtcTime()> clock = std::chrono::system_clock::now;
        std::string videoDirectory = {}; // those of video, to this one
    };

    Records(Write write, Options options) : write_(std::move(write)), options_(std::move(options)) {}

    void trackStarted(const pipeline::TrackInfo& track) override;
    void trackEvent(const pipeline::TrackInfo& track, const pipeline::Event& event) override;
    void trackEnded(const pipeline::TrackInfo& track, const pipeline::Outcome& outcome) override;

    /// A block whose track has ended, perhaps in an earlier run, left the spool: its key names its row. Of a
    /// track that the database does not know nothing is kept. Other events are not for the database.
    void spoolEvent(const pipeline::Event& event);

private:
    void save(store::Track row);
    void save(store::Recording row);
    void save(store::Block row);
    void saveLate(const std::string& key, store::Block row);
    std::string relative(const std::string& path) const;

    const Write write_;
    const Options options_;
};

} // namespace lm::records
