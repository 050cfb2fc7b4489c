#pragma once

#include "service/store/moves.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace lm::association {

struct Match {
    std::string track, meetingId;
    bool operator==(const Match&) const = default;
};

/// The meeting of each track in `pairings`, where those of a track stand together: the session that began
/// last before the track did, else the first that began later. One that began more than `reach` after the
/// start of a track without an end is none of it, unless the track `runs`: what a crash cut has no end
/// either.
std::vector<Match> match(const std::vector<store::Pairing>& pairings, std::chrono::milliseconds reach,
                         const std::function<bool(const std::string& track)>& runs);

} // namespace lm::association
