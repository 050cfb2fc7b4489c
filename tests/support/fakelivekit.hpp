#pragma once

#include "service/livekit/api.hpp"

#include <deque>
#include <utility>

namespace lm::test {

/// LiveKit's API without HTTP: what was asked waits until the test answers it.
class FakeLiveKit : public livekit::Api {
public:
    template <typename Request, typename T> struct Asked {
        Request request;
        livekit::Then<T> then;
    };
    template <typename Request, typename T> using Queue = std::deque<Asked<Request, T>>;

    void listRooms(livekit::Then<std::vector<livekit::Room>> then) override {
        rooms.push_back({{}, std::move(then)});
    }
    void listParticipants(const std::string& room,
                          livekit::Then<std::vector<livekit::Participant>> then) override {
        participants.push_back({room, std::move(then)});
    }
    void listEgress(const livekit::EgressFilter& filter,
                    livekit::Then<std::vector<livekit::Egress>> then) override {
        egresses.push_back({filter, std::move(then)});
    }
    void startTrackEgress(const livekit::TrackEgressRequest& request,
                          livekit::Then<livekit::Egress> then) override {
        tracks.push_back({request, std::move(then)});
    }
    void startRoomComposite(const livekit::CompositeRequest& request,
                            livekit::Then<livekit::Egress> then) override {
        composites.push_back({request, std::move(then)});
    }
    void stopEgress(const std::string& id, livekit::Then<livekit::Egress> then) override {
        stops.push_back({id, std::move(then)});
    }

    /// Answers the oldest question of a queue.
    template <typename Request, typename T>
    static void answer(Queue<Request, T>& queue, livekit::Reply<T> reply) {
        auto asked = std::move(queue.front());
        queue.pop_front();
        asked.then(std::move(reply));
    }

    Queue<std::string, std::vector<livekit::Room>> rooms;
    Queue<std::string, std::vector<livekit::Participant>> participants;
    Queue<livekit::EgressFilter, std::vector<livekit::Egress>> egresses;
    Queue<livekit::TrackEgressRequest, livekit::Egress> tracks;
    Queue<livekit::CompositeRequest, livekit::Egress> composites;
    Queue<std::string, livekit::Egress> stops;
};

} // namespace lm::test
