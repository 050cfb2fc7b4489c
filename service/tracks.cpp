#include "service/tracks.hpp"

#include "service/http/filelimit.hpp"

#include <utility>

namespace lm {

api::TrackStarter::State Tracks::state(std::size_t admitted) const {
    if (draining_) return State::Draining;
    if (manager_.active() + admitted >= maxTracks_) return State::Full;
    return http::DescriptorRoom::now().forTrack(admitted) ? State::Open : State::Exhausted;
}

Result<std::string> Tracks::start(const domain::EgressRequest& request, Ref<GIOStream> connection) {
    // The handshake of this socket was under way when the shutdown began.
    if (draining_) return Error{"the service is shutting down"};
    return manager_.start(request, std::move(connection));
}

} // namespace lm
