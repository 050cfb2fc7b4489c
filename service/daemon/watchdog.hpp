#pragma once

#include <chrono>
#include <string>

namespace lm::daemon {

/// Exit code of a process that had to give something up to end in time.
inline constexpr int exitDeadline = 3;

/// Ends the process with `exitDeadline` when it still runs after `timeout`, whatever its threads hang in: a
/// timer of the kernel and a signal handler (SIGALRM), no thread. `lastWords`, a line of the log, goes to
/// standard error then. Cannot be called off.
void armWatchdog(std::chrono::milliseconds timeout, const std::string& lastWords);

} // namespace lm::daemon
