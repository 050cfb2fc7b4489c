#include "plugins/imentivsink/scheduler.hpp"

namespace lm::imentivsink {

void Scheduler::ready(TrackId track, Clock::time_point notBefore) {
    const auto [it, added] = tracks_.try_emplace(track, Entry{Place::Waiting, notBefore});
    if (!added) {
        if (it->second.place != Place::Waiting) return;
        waiting_.erase({it->second.notBefore, track});
        it->second.notBefore = notBefore;
    }
    waiting_.emplace(notBefore, track);
}

std::optional<TrackId> Scheduler::next(Clock::time_point now) {
    wakeWaiting(now);
    if (line_.empty() || busy_ >= limit_) return std::nullopt;
    const TrackId track = line_.front();
    line_.pop_front();
    tracks_.at(track).place = Place::Busy;
    ++busy_;
    return track;
}

void Scheduler::finished(TrackId track) {
    const auto it = tracks_.find(track);
    if (it == tracks_.end() || it->second.place != Place::Busy) return;
    tracks_.erase(it);
    --busy_;
}

void Scheduler::forget(TrackId track) {
    const auto it = tracks_.find(track);
    if (it == tracks_.end()) return;
    if (it->second.place == Place::Busy) --busy_;
    if (it->second.place == Place::Waiting) waiting_.erase({it->second.notBefore, track});
    if (it->second.place == Place::Ready) std::erase(line_, track);
    tracks_.erase(it);
}

std::optional<Clock::time_point> Scheduler::wakeAt() const {
    if (waiting_.empty() || busy_ >= limit_) return std::nullopt;
    return waiting_.begin()->first;
}

void Scheduler::wakeWaiting(Clock::time_point now) {
    while (!waiting_.empty() && waiting_.begin()->first <= now) {
        const TrackId track = waiting_.begin()->second;
        waiting_.erase(waiting_.begin());
        tracks_.at(track).place = Place::Ready;
        line_.push_back(track);
    }
}

} // namespace lm::imentivsink
