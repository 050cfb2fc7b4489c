#pragma once

#include <string>

namespace lm::daemon {

/// What `--help` prints: how it is started and every variable with default and meaning.
std::string usage();
/// What `--version` prints.
std::string version();

} // namespace lm::daemon
