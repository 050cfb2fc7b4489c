#pragma once

#include "service/api/ports.hpp"
#include "service/pipeline/manager.hpp"

#include <cstdint>

namespace lm {

/// The track manager as the egress endpoint sees it.
class Tracks : public api::TrackStarter {
public:
    Tracks(pipeline::TrackManager& manager, std::uint32_t maxTracks)
        : manager_(manager), maxTracks_(maxTracks) {}

    State state(std::size_t admitted) const override;
    Result<std::string> start(const domain::EgressRequest& request, Ref<GIOStream> connection) override;
    /// From now on no track starts.
    void beginDraining() { draining_ = true; }
    bool draining() const { return draining_; }

private:
    pipeline::TrackManager& manager_;
    const std::uint32_t maxTracks_;
    bool draining_ = false;
};

} // namespace lm
