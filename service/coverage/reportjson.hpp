#pragma once

#include "service/coverage/coverage.hpp"

namespace lm::coverage {

/// As `schemas/coverage.schema.json` says.
std::string toJson(const Coverage::Report& report);

} // namespace lm::coverage
