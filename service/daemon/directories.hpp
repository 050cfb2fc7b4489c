#pragma once

#include "plugins/common/result.hpp"

#include <optional>
#include <string>

namespace lm::daemon {

/// Makes a directory that will be written to, and what is missing above it. The error says what `variable`
/// names and what is wrong with it; better at the start than at the first track.
std::optional<Error> prepareDirectory(const std::string& variable, const std::string& path);

/// The same for the directory of the database's file, which DATABASE_URL names; empty: there is none.
std::optional<Error> prepareDatabaseDirectory(const std::string& file);

} // namespace lm::daemon
