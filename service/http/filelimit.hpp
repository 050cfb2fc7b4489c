#pragma once

#include <cstdint>

namespace lm::http {

/// Raises the limit of open descriptors to what the process may have; returns the limit then in force.
std::uint64_t raiseFileLimit();

} // namespace lm::http
