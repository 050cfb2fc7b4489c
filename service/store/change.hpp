#pragma once

#include "service/store/engine/connection.hpp"

#include <functional>

namespace lm::store {

/// A write for later. It runs in a transaction, perhaps with others, and again after a failure: it must not
/// matter how often it has run. Runs on the database's thread.
using Change = std::function<Outcome<Done>(Connection&)>;

} // namespace lm::store
