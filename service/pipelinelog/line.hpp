#pragma once

#include "service/pipeline/observer.hpp"

#include <optional>
#include <string>

namespace lm::pipelinelog {

/// The lines of `schemas/pipeline-log.schema.json`, without line end. `now` is when the event was seen.
/// Numbers that JSON cannot hold (digital silence is -infinity dBFS) are written as null.
std::string startedLine(const pipeline::TrackInfo& track, domain::UtcTime now);
std::string endedLine(const pipeline::TrackInfo& track, const pipeline::Outcome& outcome,
                      domain::UtcTime now);
/// The meeting of a track, which is in `track`, became known after its socket.
std::string associatedLine(const pipeline::TrackInfo& track, domain::UtcTime now);
/// nullopt for an event that has no line.
std::optional<std::string> eventLine(const pipeline::TrackInfo& track, const pipeline::Event& event,
                                     domain::UtcTime now);
/// Whether eventLine would make one.
bool hasLine(const pipeline::Event& event);

} // namespace lm::pipelinelog
