#include "service/webhook/reading.hpp"
#include "tests/fuzz/promise.hpp"

// An event that is taken has what its kind is about, with ids of bounded length and a time; the same body is
// the same event. Input: the body of a webhook.

using namespace lm;
using fuzz::promise;
using webhook::Kind;

namespace {

void checkIds(const webhook::Event& event) {
    promise(event.id.size() <= webhook::longestId, "an event's id is bounded");
    if (event.room) promise(event.room->sid.size() <= webhook::longestId, "a room's id is bounded");
}

void checkKind(const webhook::Event& event) {
    if (event.kind == Kind::RoomStarted || event.kind == Kind::RoomFinished)
        promise(event.room.has_value(), "a room's event names its room");
    if (event.kind == Kind::TrackPublished || event.kind == Kind::TrackUnpublished)
        promise(event.track.has_value(), "a track's event names its track");
    if (event.kind == Kind::EgressStarted || event.kind == Kind::EgressUpdated ||
        event.kind == Kind::EgressEnded)
        promise(event.egress.has_value(), "an egress's event names its egress");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view body = fuzz::asText(data, size);
    const domain::UtcTime arrived{std::chrono::seconds{1'767'225'600}};
    const auto event = webhook::readEvent(body, arrived);
    if (!event) {
        promise(!event.error().message.empty(), "a refusal says why");
        return 0;
    }
    checkIds(*event);
    checkKind(*event);
    promise(event->createdAt == arrived ||
                event->createdAt == webhook::readEvent(body, domain::UtcTime{})->createdAt,
            "its time is its own or that of its arrival");
    return 0;
}
