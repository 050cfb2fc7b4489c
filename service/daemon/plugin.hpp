#pragma once

#include "plugins/common/result.hpp"

#include <string>
#include <vector>

namespace lm::daemon {

/// Where the plugin may be, best first: beside the executable in the build tree, in the installation the
/// executable belongs to, in the directory the project was configured to install into.
std::vector<std::string> pluginCandidates(const std::string& executable);

/// Initialises GStreamer and loads the project's elements from the first candidate that exists, by its
/// absolute path: no plugin path has to be set, and no registry cache can hand out another version. Returns
/// the path.
Result<std::string> loadPlugin(const std::string& executable);

/// The path of the running program.
std::string executablePath();

} // namespace lm::daemon
