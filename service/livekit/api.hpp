#pragma once

#include "service/livekit/failure.hpp"
#include "service/livekit/requests.hpp"
#include "service/livekit/types.hpp"

#include <functional>
#include <string>
#include <vector>

namespace lm::livekit {

template <typename T> using Then = std::function<void(Reply<T>)>;

/// LiveKit's API as the rest of the service has it. Answers come later, on the thread that asked.
class Api {
public:
    virtual ~Api() = default;
    virtual void listRooms(Then<std::vector<Room>> then) = 0;
    virtual void listParticipants(const std::string& room, Then<std::vector<Participant>> then) = 0;
    virtual void listEgress(const EgressFilter& filter, Then<std::vector<Egress>> then) = 0;
    /// Success means accepted: whether media flows is told by webhooks and lists. A failure of kind Late may
    /// have started it.
    virtual void startTrackEgress(const TrackEgressRequest& request, Then<Egress> then) = 0;
    virtual void startRoomComposite(const CompositeRequest& request, Then<Egress> then) = 0;
    virtual void stopEgress(const std::string& id, Then<Egress> then) = 0;
};

} // namespace lm::livekit
