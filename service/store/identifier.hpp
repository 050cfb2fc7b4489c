#pragma once

#include <string>

namespace lm::store {

/// A new name for a row: a random UUID.
std::string newId();

} // namespace lm::store
