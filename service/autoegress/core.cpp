#include "service/autoegress/core.hpp"

#include "service/autoegress/reason.hpp"

#include <utility>

namespace lm::autoegress {
namespace {

using livekit::Egress;
using livekit::EgressStatus;

constexpr std::size_t maxMemories = 4096;
/// An egress that has run for so long has proved that it can: the next failure is a first one.
constexpr std::chrono::seconds settled{60};

/// Of two egresses of one track the one that every replica keeps.
bool isOlder(const Egress& a, const Egress& b) {
    return std::pair(a.startedAtNs, a.id) < std::pair(b.startedAtNs, b.id);
}

} // namespace

const char* stateOf(Core::Phase phase) {
    switch (phase) {
    case Core::Phase::Waiting:
        return "waiting";
    case Core::Phase::Claiming:
    case Core::Phase::Looking:
    case Core::Phase::Starting:
        return "starting";
    case Core::Phase::Running:
        return "running";
    case Core::Phase::Held:
        return "stopped";
    case Core::Phase::Encrypted:
        break;
    }
    return "encrypted";
}

Core::Entry* Core::entry(const std::string& track) {
    const auto found = entries_.find(track);
    return found == entries_.end() ? nullptr : &found->second;
}

const Core::Entry* Core::find(const std::string& track) const {
    const auto found = entries_.find(track);
    return found == entries_.end() ? nullptr : &found->second;
}

const Core::Entry* Core::findEgress(const std::string& egressId) const {
    for (const auto& [track, entry] : entries_)
        if (!egressId.empty() && entry.egressId == egressId) return &entry;
    return nullptr;
}

bool Core::inFlight(const Entry& entry) {
    return entry.phase == Phase::Claiming || entry.phase == Phase::Looking || entry.phase == Phase::Starting;
}

bool Core::isOurs(const Egress& egress) const {
    return egress.kind == livekit::EgressKind::Track && !egress.id.empty() && !egress.trackId.empty() &&
           options_.sendsToUs(egress.websocketUrl);
}

const Egress* Core::ending(const std::string& egressId) const {
    const auto found = endings_.values.find(egressId);
    return found == endings_.values.end() ? nullptr : &found->second;
}

template <typename Value> void Core::Memory<Value>::remember(const std::string& key, Value value) {
    if (values.insert_or_assign(key, std::move(value)).second) order.push_back(key);
    if (order.size() <= maxMemories) return;
    values.erase(order.front());
    order.pop_front();
}

Core::Entry* Core::add(const Publication& track, Time now) {
    if (entries_.size() >= options_.maxTracks) {
        ++stats_.overflow;
        return nullptr;
    }
    Entry& added = entries_[track.track];
    added.track = track;
    added.due = now;
    added.seen = now;
    added.touched = now;
    if (track.encrypted) {
        added.phase = Phase::Encrypted;
        added.reason = "it is encrypted end to end";
    }
    return &added;
}

void Core::published(const Publication& track, Time now) {
    if (track.track.empty() || tombs_.contains(track.track)) return;
    Entry* known = entry(track.track);
    if (!known && options_.automatic) known = add(track, now);
    if (!known) return;
    known->seen = now;
    known->gone = false;
    if (known->track.roomSid.empty()) known->track.roomSid = track.roomSid;
    if (known->track.participantSid.empty()) known->track.participantSid = track.participantSid;
}

void Core::unpublished(const std::string& track, Time now) {
    if (track.empty()) return;
    tombs_.remember(track, now);
    vanish(track, now);
}

/// Its egress ends by itself; one that does not is found as an orphan.
void Core::vanish(const std::string& track, Time now) {
    Entry* found = entry(track);
    if (!found) return;
    if (!inFlight(*found)) {
        entries_.erase(track);
        return;
    }
    found->gone = true;
    found->seen = now;
}

void Core::left(const std::string& participantSid, Time now) {
    if (participantSid.empty()) return;
    std::vector<std::string> gone;
    for (const auto& [track, entry] : entries_)
        if (entry.track.participantSid == participantSid) gone.push_back(track);
    for (const std::string& track : gone)
        vanish(track, now);
}

void Core::roomFinished(const std::string& roomSid, const std::string& room, Time now) {
    std::vector<std::string> gone;
    for (const auto& [track, entry] : entries_) {
        const bool known = !roomSid.empty() && !entry.track.roomSid.empty();
        if (known ? entry.track.roomSid == roomSid : entry.track.room == room) gone.push_back(track);
    }
    for (const std::string& track : gone)
        vanish(track, now);
}

void Core::stop(const std::string& egressId, Time now) {
    stops_.remember(egressId, now);
    Command& command = commands_.emplace_back();
    command.kind = Command::Kind::Stop;
    command.egressId = egressId;
}

void Core::wait(Entry& entry, const std::string& reason, Time now, bool atOnce) {
    entry.phase = Phase::Waiting;
    entry.reason = reason;
    entry.touched = now;
    if (atOnce) {
        entry.due = now;
        return;
    }
    ++entry.failures;
    entry.due = now + pace_.delay(entry.failures);
}

void Core::failed(Entry& entry, const livekit::Failure& failure, Time now) {
    ++stats_.failed;
    // What stays wrong is tried seldom, not never: a key may be changed at LiveKit's side.
    constexpr unsigned slow = 7;
    if (!livekit::isPassing(failure.kind)) entry.failures = std::max(entry.failures, slow);
    wait(entry, failure.message, now);
}

void Core::run(Entry& entry, const Egress& egress, Time now) {
    entry.phase = Phase::Running;
    entry.egressId = egress.id;
    entry.status = egress.status;
    entry.startedAtNs = egress.startedAtNs;
    entry.reason.clear();
    entry.touched = now;
    entry.due = now + settled;
}

/// Only of the egress that the entry has.
void Core::ended(Entry& entry, const Egress& egress, Time now) {
    if (now >= entry.due) entry.failures = 0;
    entry.status = egress.status;
    const std::string reason = endReason(egress);
    if (wasStopped(egress)) {
        entry.phase = Phase::Held;
        entry.reason = reason;
        entry.touched = now;
        return;
    }
    ++stats_.restarted;
    if (egress.status == EgressStatus::Failed || egress.status == EgressStatus::Aborted) ++stats_.failed;
    wait(entry, reason, now, egress.status == EgressStatus::LimitReached);
}

/// Its last media is on the way; it must not count as running again.
bool Core::isHeld(const Entry& entry, const Egress& egress) const {
    return entry.phase == Phase::Held && entry.egressId == egress.id;
}

void Core::egressChanged(const Egress& egress, Time now) {
    if (!isOurs(egress)) return;
    Entry* found = entry(egress.trackId);
    if (!livekit::isLive(egress.status)) {
        Egress over = egress;
        over.websocketUrl.clear(); // with its token; no longer needed
        endings_.remember(egress.id, std::move(over));
        if (found && found->phase == Phase::Running && found->egressId == egress.id)
            ended(*found, egress, now);
        return;
    }
    if (!found || endings_.contains(egress.id)) return;
    if (found->phase != Phase::Running) {
        // What is under way goes on, and finds this one.
        if (!inFlight(*found) && !isHeld(*found, egress)) run(*found, egress, now);
        return;
    }
    // Of two for one track the next snapshot tells which is to stay.
    if (found->egressId == egress.id) found->status = std::max(found->status, egress.status);
}

void Core::claimed(const std::string& track, Claim claim, Time now) {
    Entry* found = entry(track);
    if (!found || found->phase != Phase::Claiming) return;
    if (found->gone) {
        entries_.erase(track);
        return;
    }
    if (claim == Claim::Denied) {
        found->phase = Phase::Waiting;
        found->reason = "another replica is starting it";
        found->due = now + options_.denied;
        return;
    }
    found->phase = Phase::Looking;
    commands_.push_back({Command::Kind::Look, found->track, {}});
}

void Core::looked(const std::string& track, const livekit::Reply<std::vector<Egress>>& reply, Time now) {
    Entry* found = entry(track);
    if (!found || found->phase != Phase::Looking) return;
    if (found->gone) {
        entries_.erase(track);
        return;
    }
    if (!reply) return failed(*found, reply.failure(), now);
    const Egress* live = nullptr;
    const Egress* last = nullptr;
    for (const Egress& egress : *reply) {
        if (!isOurs(egress) || egress.trackId != track) continue;
        if (livekit::isLive(egress.status)) {
            if (endings_.contains(egress.id)) continue;
            if (!live || isOlder(egress, *live)) live = &egress;
        } else if (!last || last->endedAtNs < egress.endedAtNs) {
            last = &egress;
        }
    }
    if (live) return run(*found, *live, now);
    if (last && wasStopped(*last) && !stops_.contains(last->id) && !found->byHand) {
        found->phase = Phase::Held;
        found->egressId = last->id;
        found->status = last->status;
        found->reason = endReason(*last);
        return;
    }
    found->phase = Phase::Starting;
    commands_.push_back({Command::Kind::Start, found->track, {}});
}

void Core::started(const std::string& track, const livekit::Reply<Egress>& reply, Time now) {
    Entry* found = entry(track);
    if (!found || found->phase != Phase::Starting) return;
    if (reply) ++stats_.started;
    if (found->gone) {
        if (reply) stop(reply->id, now);
        entries_.erase(track);
        return;
    }
    if (!reply) {
        using Kind = livekit::Failure::Kind;
        failed(*found, reply.failure(), now);
        const bool perhaps = reply.failure().kind == Kind::Late || reply.failure().kind == Kind::Broken;
        if (perhaps) found->due = std::max(found->due, now + options_.unanswered);
        return;
    }
    run(*found, *reply, now);
    // Its end may have been told before its start was answered.
    if (const Egress* over = ending(reply->id)) ended(*found, *over, now);
}

Core::Wish Core::want(const Publication& track, Time now) {
    tombs_.values.erase(track.track);
    Entry* found = entry(track.track);
    if (!found) found = add(track, now);
    if (!found) return Wish::Full;
    if (found->phase == Phase::Encrypted) return Wish::Encrypted;
    if (found->phase == Phase::Running) return Wish::Running;
    found->byHand = true;
    if (!inFlight(*found)) {
        found->failures = 0;
        wait(*found, "", now, true);
    }
    return Wish::Accepted;
}

void Core::hold(const std::string& egressId, Time now) {
    for (auto& [track, entry] : entries_) {
        if (entry.egressId != egressId || inFlight(entry)) continue;
        entry.phase = Phase::Held;
        entry.reason = "it was stopped";
        entry.byHand = false;
        entry.touched = now;
    }
}

void Core::tick(Time now) {
    std::size_t busy = 0;
    for (const auto& [track, entry] : entries_)
        busy += inFlight(entry) ? 1 : 0;
    for (auto& [track, entry] : entries_) {
        if (busy >= options_.maxInFlight) return;
        if (entry.phase != Phase::Waiting || entry.due > now) continue;
        entry.phase = Phase::Claiming;
        commands_.push_back({Command::Kind::Claim, entry.track, {}});
        ++busy;
    }
}

std::optional<Time> Core::next() const {
    std::optional<Time> earliest;
    std::size_t busy = 0;
    for (const auto& [track, entry] : entries_) {
        if (inFlight(entry) && ++busy >= options_.maxInFlight) return std::nullopt; // an answer comes first
        if (entry.phase == Phase::Waiting && (!earliest || entry.due < *earliest)) earliest = entry.due;
    }
    return earliest;
}

} // namespace lm::autoegress
