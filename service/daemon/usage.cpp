#include "service/daemon/usage.hpp"

#include "service/config/settings.hpp"

namespace lm::daemon {

std::string usage() {
    std::string text =
        "Usage: live-meetingd [--help | --version]\n\n"
        "Receives LiveKit audio egress over WebSocket, records every track and delivers it in blocks to\n"
        "an analysis service. It is configured by environment variables alone:\n\n";
    for (const auto& variable : config::variables()) {
        text += std::string("  ") + variable.name + "=" + variable.defaultValue + "\n      " +
                variable.meaning + "\n";
    }
    return text + "\nExit codes: 0 ended by a signal with everything saved, 1 could not start, 2 wrong use "
                  "or value,\n"
                  "3 the shutdown deadline passed or a second signal came first.\n";
}

std::string version() {
    return "live-meetingd " LM_VERSION "\n";
}

} // namespace lm::daemon
