#pragma once

#include "plugins/common/handles.hpp"
#include "plugins/common/result.hpp"
#include "service/domain/egressrequest.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace lm::api {

/// What the egress endpoint needs of the rest of the service. Called on the thread of the HTTP front.
class TrackStarter {
public:
    enum class State { Open, Full, Exhausted, Draining }; // exhausted: no descriptors

    virtual ~TrackStarter() = default;
    /// Whether one more track may start; `admitted` sockets have been let in but have not started yet.
    virtual State state(std::size_t admitted) const = 0;
    /// Starts recording what the upgraded connection sends; the answer is the id of the track in the service.
    /// On an error the connection has been closed or is closed with its last handle.
    virtual Result<std::string> start(const domain::EgressRequest& request, Ref<GIOStream> connection) = 0;
};

/// What the endpoints that show the service need of it. Bodies are whole; nothing may block. Called on the
/// thread of the HTTP front.
class Observation {
public:
    virtual ~Observation() = default;
    /// Whether new tracks may come, and why not: schemas/ready.schema.json.
    virtual std::pair<bool, std::string> readiness() = 0;
    virtual std::string metrics() = 0;
    virtual std::string metricsType() const = 0;
    /// schemas/tracks.schema.json.
    virtual std::string tracks() = 0;
    /// schemas/track.schema.json; nothing for an unknown track.
    virtual std::optional<std::string> track(const std::string& id) = 0;
    /// schemas/coverage.schema.json of a running track or one of an earlier run: `id` is the service's or
    /// LiveKit's, the newest of that name counts; `meeting` may be empty. `done` gets nothing for an unknown
    /// track, on any thread. False when too many have asked.
    virtual bool coverage(const std::string& id, const std::string& meeting,
                          std::function<void(std::optional<std::string>)> done) = 0;
    /// The running pipeline in the language of graphviz, without secrets.
    virtual std::optional<std::string> drawing(const std::string& id) = 0;
};

} // namespace lm::api
