#pragma once

#include "plugins/common/guarded.hpp"
#include "tests/support/fakeservice.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace lm::test {

/// A stand-in for LiveKit's API on the loopback, in its dialect: Twirp over HTTP/1.1, snake_case with every
/// default, 64-bit integers as strings, errors as JSON, the middleware's as text. Knows rooms, participants
/// with tracks, and egresses.
class TwirpPeer {
public:
    struct Egress {
        std::string id, room, kind, trackId, url; // kind: the member of EgressInfo: `track`, `room_composite`
        std::string status = "EGRESS_ACTIVE";
        std::string error = {};
        unsigned errorCode = 0;
    };
    struct Track {
        std::string sid;
        std::string type = "AUDIO";
        std::string encryption = "NONE";
    };
    using Participants = std::map<std::string, std::vector<Track>>; // by identity
    struct World {
        std::map<std::string, Participants> rooms; // by name; a room's sid is `RM_` and its name
        std::vector<Egress> egresses;
        std::map<std::string, std::vector<Answer>> next; // by method: answers to give first, instead
    };

    TwirpPeer();

    std::string origin() const { return peer_.url(""); }
    FakeService& http() { return peer_; }
    Guarded<World>& world() { return world_; }
    /// From now on a method is answered in this way, once for every call of this.
    void answerNext(const std::string& method, Answer answer);
    std::vector<Egress> egresses();
    /// The requests of a method so far.
    std::vector<ReceivedPost> requests(const std::string& method);

    /// A Twirp error.
    static Answer error(unsigned status, const std::string& code, const std::string& message);
    static std::string egressJson(const Egress& egress);

private:
    Answer answer(const ReceivedPost& request);
    Answer start(World& world, const std::string& kind, const std::string& body);

    Guarded<World> world_;
    FakeService peer_;
};

} // namespace lm::test
