#include "plugins/common/earlytypes.hpp"
#include "service/app.hpp"
#include "service/daemon/gstlog.hpp"
#include "service/daemon/plugin.hpp"
#include "service/daemon/usage.hpp"
#include "service/http/certificate.hpp"
#include "service/json/json.hpp"
#include "service/logging/log.hpp"

#include <cstdio>
#include <exception>
#include <string_view>

namespace {

constexpr int exitCannotStart = 1;
constexpr int exitWrongUse = 2;

int fail(int code, const lm::Error& error) {
    lm::logging::error("start", error.message);
    return code;
}

int serve() {
    lm::makeTypesEarly();
    lm::logging::captureGlib();
    // Read before the others, so that what is wrong with them is said in the wanted format.
    if (lm::config::processEnvironment("LOG_FORMAT") == "json")
        lm::logging::setFormat(lm::logging::Format::Json);
    lm::http::requireModernTls();
    const auto settings = lm::config::load(lm::config::processEnvironment);
    if (!settings) return fail(exitWrongUse, settings.error());
    lm::logging::setLevel(lm::logging::levelFromName(settings->logLevel).value_or(lm::logging::Level::Info));
    const auto plugin = lm::daemon::loadPlugin(lm::daemon::executablePath());
    if (!plugin) return fail(exitCannotStart, plugin.error());
    lm::daemon::captureGstreamer();
    const auto app = lm::App::create(*settings);
    if (!app) return fail(exitCannotStart, {lm::json::describe(app.error())});
    return (*app)->run();
}

} // namespace

int main(int argc, char** argv) {
    const std::string_view argument = argc == 2 ? argv[1] : "";
    if (argument == "--help" || argument == "--version") {
        const std::string text = argument == "--help" ? lm::daemon::usage() : lm::daemon::version();
        return std::fputs(text.c_str(), stdout) < 0 ? exitCannotStart : 0;
    }
    if (argc > 1) {
        std::fputs(
            "live-meetingd takes no arguments but --help and --version; it is configured by environment\n",
            stderr);
        return exitWrongUse;
    }
    try {
        return serve();
    } catch (const std::exception& e) {
        return fail(exitCannotStart, {e.what()});
    }
}
