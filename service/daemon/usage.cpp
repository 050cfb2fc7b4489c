#include "service/daemon/usage.hpp"

#include "service/config/settings.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace lm::daemon {

std::optional<Task> taskOf(std::span<const char* const> arguments) {
    std::vector<std::string_view> words(arguments.begin(), arguments.end());
    std::sort(words.begin(), words.end());
    using Words = std::vector<std::string_view>;
    if (words.empty()) return Task::Serve;
    if (words == Words{"--help"}) return Task::Help;
    if (words == Words{"--version"}) return Task::Version;
    if (words == Words{"--migrate"}) return Task::Migrate;
    if (words == Words{"--dry-run", "--migrate"}) return Task::ShowMigrations;
    return std::nullopt;
}

std::string usageLine() {
    return "Usage: live-meetingd [--help | --version | --migrate [--dry-run]]\n";
}

std::string usage() {
    std::string text =
        usageLine() +
        "\n  --migrate            bring the tables of DATABASE_URL up to date, and exit; a start does the "
        "same\n"
        "  --migrate --dry-run  show what that would do\n\n"
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
