#pragma once

#include "plugins/common/ownedfd.hpp"
#include "plugins/common/result.hpp"

#include <string>

namespace lm::downloads {

/// Opens a regular file below `directory` for reading. `path` is relative, or begins with the directory; no
/// `.` or `..`, no empty step, no symbolic link on the way and none at its end, no device: whatever stands in
/// the database, nothing outside is read. Never waits for a FIFO. The error is for the log.
Result<OwnedFd> openBelow(const std::string& directory, const std::string& path);

} // namespace lm::downloads
