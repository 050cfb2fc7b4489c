#include "service/gateway/announcer.hpp"

#include "service/json/object.hpp"

namespace lm::gateway {
namespace {

using namespace lm::pipeline;

class Value : public json::Members<Value> {
public:
    Value(const TrackInfo& track, domain::UtcTime now, const char* state) {
        text("state", state);
        text("time", domain::utcText(now));
        text("meetingId", track.request.meetingId);
        text("room", track.request.room);
        text("participant", track.request.participant);
        text("trackId", track.request.trackId);
        text("track", track.id);
    }
    Value& block(const BlockId& id) {
        return count("sequence", id.sequence).count("sample", id.sample).count("samples", id.samples);
    }
};

/// An answer beyond this is not for a page.
constexpr std::size_t maxResponse = 64 * 1024;

/// One event of a track as events of its room.
struct Teller {
    const TrackInfo& track;
    domain::UtcTime now;
    Publisher& to;

    Value value(const char* state) const { return Value(track, now, state); }
    void tell(const char* event, const Value& value) const {
        to.publish(track.request.room, event, value.str());
    }
    void answer(const BlockId& id, const std::optional<std::string>& response) const {
        if (!response || response->size() > maxResponse) return;
        auto parsed = json::parse(*response, "response");
        if (parsed) tell("analysis", value("answered").block(id).node("response", std::move(*parsed)));
    }

    void operator()(const MutedEvent& e) const {
        tell("track", value(e.muted ? "muted" : "unmuted").count("sample", e.sample));
    }
    void operator()(const StallEvent& e) const {
        tell("track", value("stalled").count("sample", e.sample).seconds("duration", e.durationNs));
    }
    void operator()(const BlockEvent& e) const {
        tell("track", value("level")
                          .count("sample", e.sample)
                          .count("samples", e.samples)
                          .number("peakDbfs", e.peak)
                          .number("rmsDbfs", e.rms));
    }
    void operator()(const DeliveredEvent& e) const {
        tell("block", value("delivered").block(e.block).count("attempts", e.attempts));
        answer(e.block, e.response);
    }
    void operator()(const SpooledEvent& e) const {
        tell("block", value("spooled").block(e.block).count("attempts", e.attempts));
    }
    void operator()(const DeliveredFromSpoolEvent& e) const {
        if (!e.own) return;
        tell("block", value("delivered").block(e.block).count("attempts", e.attempts));
        answer(e.block, e.response);
    }
};

} // namespace

void Announcer::trackStarted(const TrackInfo& track) {
    if (publisher_.idle()) return;
    const Teller teller{track, clock_(), publisher_};
    teller.tell("track", teller.value("started"));
}

void Announcer::trackEvent(const TrackInfo& track, const Event& event) {
    if (publisher_.idle()) return;
    const Teller teller{track, clock_(), publisher_};
    std::visit(
        [&](const auto& e) {
            if constexpr (std::is_invocable_v<const Teller&, decltype(e)>) teller(e);
        },
        event);
}

void Announcer::trackEnded(const TrackInfo& track, const Outcome& outcome) {
    if (publisher_.idle()) return;
    const Teller teller{track, clock_(), publisher_};
    teller.tell(
        "track",
        teller.value("ended").count("samples", track.samples).text("outcome", outcomeName(outcome.kind)));
}

void Announcer::sessionChanged(const store::Session& session) {
    if (session.roomName.empty() || publisher_.idle()) return;
    const bool active = session.status == store::SessionStatus::Active;
    json::Object value;
    value.text("state", active ? "started" : "ended").text("time", domain::utcText(clock_()));
    value.text("meetingId", session.meetingId).text("room", session.roomName);
    publisher_.publish(session.roomName, "session", value.str());
}

} // namespace lm::gateway
