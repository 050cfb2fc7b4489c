#pragma once

#include "service/store/engine/connection.hpp"

#include <cstdint>
#include <string>

namespace lm::store {

/// Of several replicas one alone starts the egress of a track: the one that has its claim. A claim ends by
/// itself, so that a replica that dies holds up nobody for long. Replicas' clocks are compared: they must
/// differ by less than a claim lasts.
/// True: `owner` has it until `end`, newly or still. False: another one has it.
Outcome<bool> claimTrack(Connection& connection, const std::string& track, const std::string& owner,
                         domain::UtcTime now, domain::UtcTime end);
/// It is not needed after `end`, which may have passed. Nothing happens when another one has it by now.
Outcome<Done> endClaim(Connection& connection, const std::string& track, const std::string& owner,
                       domain::UtcTime end);
/// Clears claims away that ended before `time`, and says how many.
Outcome<std::uint64_t> forgetClaims(Connection& connection, domain::UtcTime time);

} // namespace lm::store
