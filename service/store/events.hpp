#pragma once

#include "service/store/change.hpp"

#include <cstdint>
#include <string>

namespace lm::store {

/// Notes that the webhook event `id` is applied; false when it was before, by whichever replica. To be called
/// in the transaction that applies it: another one that asks meanwhile waits for its end, and what is rolled
/// back was never seen. So an event is applied exactly once.
Outcome<bool> firstSight(Connection& connection, const std::string& id, domain::UtcTime now);

/// Applies `change` unless the event `id` was applied before.
Change once(std::string id, domain::UtcTime now, Change change);

/// Forgets events that were seen before `time`, and says how many. Must be longer ago than LiveKit repeats.
Outcome<std::uint64_t> forgetEvents(Connection& connection, domain::UtcTime time);

} // namespace lm::store
