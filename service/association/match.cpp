#include "service/association/match.hpp"

namespace lm::association {
namespace {

/// Whether a track was rather in `a` than in `b`.
bool better(const store::Pairing& a, const store::Pairing& b) {
    const bool aBefore = a.sessionStart <= a.trackStart, bBefore = b.sessionStart <= b.trackStart;
    if (aBefore != bBefore) return aBefore;
    return aBefore ? a.sessionStart > b.sessionStart : a.sessionStart < b.sessionStart;
}

} // namespace

std::vector<Match> match(const std::vector<store::Pairing>& pairings, std::chrono::milliseconds reach,
                         const std::function<bool(const std::string& track)>& runs) {
    std::vector<Match> all;
    const store::Pairing* best = nullptr;
    for (const store::Pairing& p : pairings) {
        if (!p.trackEnd && p.sessionStart > p.trackStart + reach && !runs(p.track)) continue;
        const bool same = best && best->track == p.track;
        if (same && !better(p, *best)) continue;
        if (!same) all.push_back({p.track, {}});
        all.back().meetingId = p.meetingId;
        best = &p;
    }
    return all;
}

} // namespace lm::association
