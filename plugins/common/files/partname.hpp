#pragma once

#include <string>

namespace lm::files {

/// Numbered names around the location a recording was given, `<stem>.wav`:
/// `<stem>-part2.wav` and so on for its later parts; the number of an `attempt` above 1 is added where a name
/// is taken:
/// `<stem>-2.wav`, `<stem>-part2-3.wav`. `part` and `attempt` count from 1. A location without an extension
/// has none in its parts either.
std::string partName(const std::string& location, unsigned part, unsigned attempt);

/// More names that are taken than this are an attack.
inline constexpr unsigned mostAttempts = 1000;

} // namespace lm::files
