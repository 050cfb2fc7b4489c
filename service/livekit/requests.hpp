#pragma once

/// The bodies of requests: proto3 JSON.

#include "service/livekit/types.hpp"

#include <string>

namespace lm::livekit {

struct TrackEgressRequest {
    std::string roomName;
    std::string trackId;
    std::string websocketUrl; // holds a secret
};

struct CompositeRequest {
    std::string roomName;
    std::string layout = "speaker";
    std::string filepath;
    S3Upload upload;
};

struct EgressFilter {
    std::string roomName; // empty: all
    bool active = false;  // only what has not ended
};

std::string bodyOf(const TrackEgressRequest& request);
std::string bodyOf(const CompositeRequest& request);
/// `page`: the token of the page, empty for the first.
std::string bodyOf(const EgressFilter& filter, const std::string& page);
std::string roomBody(const std::string& roomName);   // ListParticipants
std::string egressBody(const std::string& egressId); // StopEgress

} // namespace lm::livekit
