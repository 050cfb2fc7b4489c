#pragma once

#include "plugins/common/handles.hpp"
#include "plugins/common/result.hpp"
#include "service/domain/egressrequest.hpp"

#include <cstddef>
#include <string>

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

} // namespace lm::api
