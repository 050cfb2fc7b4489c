#include "service/daemon/watchdog.hpp"

#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>

namespace lm::daemon {
namespace {

/// Only async-signal-safe calls.
void onAlarm(int) {
    constexpr char text[] = "live-meetingd: the shutdown deadline has passed, exiting now\n";
    [[maybe_unused]] const ssize_t ignored = ::write(STDERR_FILENO, text, sizeof text - 1);
    ::_exit(exitDeadline);
}

} // namespace

void armWatchdog(std::chrono::milliseconds timeout) {
    struct sigaction action = {};
    action.sa_handler = onAlarm;
    ::sigaction(SIGALRM, &action, nullptr);
    const auto ms = std::max<std::chrono::milliseconds::rep>(timeout.count(), 1);
    itimerval timer{};
    timer.it_value.tv_sec = ms / 1000;
    timer.it_value.tv_usec = ms % 1000 * 1000;
    ::setitimer(ITIMER_REAL, &timer, nullptr);
}

} // namespace lm::daemon
