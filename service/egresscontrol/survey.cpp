#include "service/egresscontrol/survey.hpp"

#include "service/logging/log.hpp"

#include <utility>

namespace lm::egresscontrol {
namespace {

constexpr char component[] = "livekit";

} // namespace

Surveyor::Surveyor(Options options) : options_(std::move(options)) {}

void Surveyor::stop() {
    stopped_ = true;
    timer_ = Timer();
    round_.reset();
}

void Surveyor::schedule(std::chrono::milliseconds delay) {
    if (!stopped_) timer_ = Timer(options_.home, delay, [this] { begin(); });
}

void Surveyor::begin() {
    isAway_ = false;
    round_ = std::make_shared<Round>();
    round_->survey.askedAt = options_.clock();
    round_->survey.snapshot.askedAt = options_.now();
    options_.api->listRooms([this, round = round_](livekit::Reply<std::vector<livekit::Room>> reply) {
        if (isOver(round)) return;
        if (!reply) {
            failed("its rooms", reply.failure());
            return finish(round, false);
        }
        round->survey.rooms = std::move(*reply);
        auto& rooms = round->survey.snapshot.rooms;
        for (const livekit::Room& room : round->survey.rooms) {
            round->waiting.push_back(rooms.size());
            rooms.push_back({room.name, room.sid, std::nullopt});
        }
        options_.deep ? askRooms(round) : finish(round, true);
    });
}

/// A room may have ended meanwhile: then there is nobody to be told of.
void Surveyor::askRooms(const std::shared_ptr<Round>& round) {
    auto& rooms = round->survey.snapshot.rooms;
    if (round->waiting.empty() && round->asked == 0) return askEgresses(round);
    while (!round->waiting.empty() && round->asked < options_.atOnce) {
        const std::size_t place = round->waiting.front();
        round->waiting.pop_front();
        ++round->asked;
        options_.api->listParticipants(
            rooms[place].name, [this, round, place](livekit::Reply<std::vector<livekit::Participant>> reply) {
                if (isOver(round)) return;
                --round->asked;
                if (reply)
                    round->survey.snapshot.rooms[place].participants = std::move(*reply);
                else if (reply.failure().kind != livekit::Failure::Kind::NotFound)
                    failed("the participants of a room", reply.failure());
                askRooms(round);
            });
    }
}

void Surveyor::askEgresses(const std::shared_ptr<Round>& round) {
    options_.api->listEgress({"", true}, [this, round](livekit::Reply<std::vector<livekit::Egress>> reply) {
        if (isOver(round)) return;
        if (reply)
            round->survey.snapshot.egresses = std::move(*reply);
        else
            failed("its egresses", reply.failure());
        finish(round, true);
    });
}

void Surveyor::finish(const std::shared_ptr<Round>& round, bool useful) {
    round_.reset();
    ++(isAway_ ? stats_.failures : stats_.surveys);
    if (std::exchange(wasAway_, isAway_) && !isAway_) logging::info(component, "it answers again");
    if (useful) options_.done(round->survey);
    schedule(options_.interval);
}

void Surveyor::failed(const char* what, const livekit::Failure& failure) {
    isAway_ = true;
    if (std::exchange(wasAway_, true)) return;
    logging::warning(component, "it could not be asked what there is, trying again",
                     {{"for", what}, {"reason", failure.message}, {"retryMs", options_.interval.count()}});
}

} // namespace lm::egresscontrol
