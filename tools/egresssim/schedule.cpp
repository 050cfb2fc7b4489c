#include "tools/egresssim/schedule.hpp"

#include <algorithm>

namespace lm::egresssim {

std::vector<Cue> makeCues(const Faults& faults, Time duration, Time pingInterval) {
    std::vector<Cue> cues;
    for (Time at = pingInterval; pingInterval > Time::zero() && at < duration; at += pingInterval) {
        cues.push_back({at, Cue::Kind::Ping, "ping"});
    }
    if (faults.mute) {
        cues.push_back({faults.mute->from, Cue::Kind::Text, R"({"muted":true})"});
        cues.push_back({faults.mute->to, Cue::Kind::Text, R"({"muted":false})"});
    }
    for (const auto& [at, text] : faults.texts)
        cues.push_back({at, Cue::Kind::Text, text});
    if (faults.cut) cues.push_back({*faults.cut, Cue::Kind::Cut});
    if (faults.vanish) cues.push_back({*faults.vanish, Cue::Kind::Vanish});
    std::ranges::stable_sort(cues, {}, &Cue::at);
    return cues;
}

std::uint64_t Pacer::due(Time elapsed) const {
    if (fast_) return messages_;
    if (elapsed < Time::zero()) return 0;
    const auto whole = static_cast<std::uint64_t>(elapsed / kMessageTime) + 1;
    if (whole >= messages_) return messages_;
    return whole / burst_ * burst_;
}

std::uint64_t Pacer::leaked(std::uint64_t next, std::uint64_t due) const {
    if (fast_ || due <= next + kLeakyQueueMessages) return 0;
    return due - next - kLeakyQueueMessages;
}

bool isMuted(const Faults& faults, Time at) {
    return faults.mute && Span{faults.mute->from + kMuteLead, faults.mute->to + kUnmuteLead}.contains(at);
}

} // namespace lm::egresssim
