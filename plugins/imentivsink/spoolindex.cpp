#include "plugins/imentivsink/spoolindex.hpp"

#include <algorithm>

namespace lm::imentivsink {
namespace {

bool earlier(const SpoolIndex::Item& a, const SpoolIndex::Item& b) {
    return a.sequence < b.sequence;
}

} // namespace

void SpoolIndex::add(const LaneKey& key, const Item& item) {
    const auto [it, isNew] = lanes_.try_emplace(key);
    Lane& lane = it->second;
    const bool last = lane.items.empty() || earlier(lane.items.back(), item);
    const std::size_t before = lane.items.size();
    if (last || !sealed_) {
        lane.items.push_back(item);
        lane.sorted = lane.sorted && last;
    } else {
        const auto at = std::lower_bound(lane.items.begin(), lane.items.end(), item, earlier);
        if (at->sequence == item.sequence) return; // the same file again
        // A busy lane's oldest block is being sent: it finds its own again by its sequence.
        leave(key, lane);
        lane.items.insert(at, item);
        if (lane.place == Place::Ready) makeReady(key, lane);
        if (lane.place == Place::Waiting) routes_[key.route].waiting.emplace(lane.notBefore, key);
    }
    totals_.blocks += lane.items.size() - before;
    totals_.bytes += item.bytes;
    if (sealed_ && isNew) makeReady(key, lane);
}

void SpoolIndex::seal() {
    sealed_ = true;
    for (auto& [key, lane] : lanes_) {
        if (!lane.sorted) {
            std::sort(lane.items.begin(), lane.items.end(), earlier);
            const auto twice = [&](const Item& a, const Item& b) {
                if (a.sequence != b.sequence) return false;
                --totals_.blocks;
                totals_.bytes -= b.bytes;
                return true;
            };
            lane.items.erase(std::unique(lane.items.begin(), lane.items.end(), twice), lane.items.end());
            lane.sorted = true;
        }
        makeReady(key, lane);
    }
}

void SpoolIndex::makeReady(const LaneKey& key, Lane& lane) {
    lane.place = Place::Ready;
    routes_[key.route].ready.emplace(lane.items.front().createdS, key);
}

/// Takes a lane out of the line it stands in.
void SpoolIndex::leave(const LaneKey& key, Lane& lane) {
    Route& route = routes_[key.route];
    if (lane.place == Place::Ready) route.ready.erase({lane.items.front().createdS, key});
    if (lane.place == Place::Waiting) route.waiting.erase({lane.notBefore, key});
}

std::optional<SpoolIndex::Head> SpoolIndex::next(std::uint64_t id, Clock::time_point now) {
    const auto found = routes_.find(id);
    if (!sealed_ || found == routes_.end()) return std::nullopt;
    Route& route = found->second;
    while (!route.waiting.empty() && route.waiting.begin()->first <= now) {
        const LaneKey key = route.waiting.begin()->second;
        route.waiting.erase(route.waiting.begin());
        makeReady(key, lanes_.at(key));
    }
    if (route.ready.empty()) return std::nullopt;
    const LaneKey key = route.ready.begin()->second;
    route.ready.erase(route.ready.begin());
    Lane& lane = lanes_.at(key);
    lane.place = Place::Busy;
    return Head{key, lane.items.front(), lane.attempts};
}

std::optional<Clock::time_point> SpoolIndex::wakeAt(std::uint64_t id) const {
    const auto found = routes_.find(id);
    if (found == routes_.end() || found->second.waiting.empty()) return std::nullopt;
    return found->second.waiting.begin()->first;
}

void SpoolIndex::done(const Head& head) {
    const auto it = lanes_.find(head.lane);
    if (it == lanes_.end()) return;
    Lane& lane = it->second;
    leave(head.lane, lane);
    const auto at = std::lower_bound(lane.items.begin(), lane.items.end(), head.item, earlier);
    if (at != lane.items.end() && at->sequence == head.item.sequence) {
        --totals_.blocks;
        totals_.bytes -= at->bytes;
        lane.items.erase(at);
    }
    lane.attempts = 0;
    if (lane.items.empty())
        lanes_.erase(it);
    else
        makeReady(head.lane, lane);
}

void SpoolIndex::later(const Head& head, Clock::time_point notBefore) {
    const auto it = lanes_.find(head.lane);
    if (it == lanes_.end() || it->second.place != Place::Busy) return;
    ++it->second.attempts;
    it->second.place = Place::Waiting;
    it->second.notBefore = notBefore;
    routes_[head.lane.route].waiting.emplace(notBefore, head.lane);
}

void SpoolIndex::putBack(const Head& head) {
    const auto it = lanes_.find(head.lane);
    if (it != lanes_.end()) release(head.lane, it->second, Place::Busy);
}

void SpoolIndex::park(const Head& head) {
    const auto it = lanes_.find(head.lane);
    if (it != lanes_.end() && it->second.place == Place::Busy) it->second.place = Place::Parked;
}

void SpoolIndex::unpark(const LaneKey& key) {
    const auto it = lanes_.find(key);
    if (sealed_ && it != lanes_.end()) release(key, it->second, Place::Parked);
}

void SpoolIndex::release(const LaneKey& key, Lane& lane, Place from) {
    if (lane.place == from) makeReady(key, lane);
}

std::optional<SpoolIndex::Head> SpoolIndex::takeOlderThan(std::int64_t beforeS) {
    if (!sealed_) return std::nullopt;
    for (auto& [key, lane] : lanes_) {
        if (lane.place == Place::Busy || lane.items.front().createdS >= beforeS) continue;
        leave(key, lane);
        lane.place = Place::Busy;
        return Head{key, lane.items.front(), lane.attempts};
    }
    return std::nullopt;
}

std::optional<std::int64_t> SpoolIndex::oldestS() const {
    std::optional<std::int64_t> oldest;
    for (const auto& [key, lane] : lanes_)
        oldest = std::min(oldest.value_or(lane.items.front().createdS), lane.items.front().createdS);
    return oldest;
}

} // namespace lm::imentivsink
