#pragma once

#include "service/json/json.hpp"
#include "service/trackstate/board.hpp"

namespace lm::trackstate {

/// A track as `schemas/track.schema.json` says; members always in the same order. `pipeline` (may be empty)
/// is what it runs with.
json::Node toJson(const Record& record, json::Node pipeline = {});
/// Every track of the board: `{"tracks":[…],"ended":[…]}`.
json::Node toJson(const Board& board);

} // namespace lm::trackstate
