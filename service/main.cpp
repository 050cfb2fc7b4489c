#include "plugins/common/earlytypes.hpp"
#include "service/app.hpp"
#include "service/daemon/gstlog.hpp"
#include "service/daemon/plugin.hpp"
#include "service/daemon/usage.hpp"
#include "service/http/certificate.hpp"
#include "service/json/json.hpp"
#include "service/logging/log.hpp"
#include "service/migrate.hpp"
#include "service/store/engine/address.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

namespace {

constexpr int exitCannotStart = 1;
constexpr int exitWrongUse = 2;

int fail(int code, const lm::Error& error) {
    lm::logging::error("start", error.message);
    return code;
}

int print(const std::string& text) {
    return std::fputs(text.c_str(), stdout) < 0 ? exitCannotStart : 0;
}

lm::Result<lm::config::Settings> configure() {
    lm::logging::captureGlib();
    // Read before the others, so that what is wrong with them is said in the wanted format.
    if (lm::config::processEnvironment("LOG_FORMAT") == "json")
        lm::logging::setFormat(lm::logging::Format::Json);
    auto settings = lm::config::load(lm::config::processEnvironment);
    if (!settings) return settings;
    if (const auto address = lm::store::parseAddress(settings->databaseUrl); !address) return address.error();
    lm::logging::setLevel(lm::logging::levelFromName(settings->logLevel).value_or(lm::logging::Level::Info));
    return settings;
}

int migrate(bool dryRun) {
    const auto settings = configure();
    if (!settings) return fail(exitWrongUse, settings.error());
    const auto report = lm::migrateDatabase(settings->databaseUrl, dryRun);
    return report ? print(*report) : fail(exitCannotStart, report.error());
}

int serve() {
    lm::makeTypesEarly();
    lm::http::requireModernTls();
    const auto settings = configure();
    if (!settings) return fail(exitWrongUse, settings.error());
    const auto plugin = lm::daemon::loadPlugin(lm::daemon::executablePath());
    if (!plugin) return fail(exitCannotStart, plugin.error());
    lm::daemon::captureGstreamer();
    const auto app = lm::App::create(*settings);
    if (!app) return fail(exitCannotStart, {lm::json::describe(app.error())});
    return (*app)->run();
}

} // namespace

int main(int argc, char** argv) {
    using lm::daemon::Task;
    const std::vector<const char*> arguments(argv + std::min(argc, 1), argv + argc);
    const auto task = lm::daemon::taskOf(arguments);
    if (!task) {
        std::fputs((lm::daemon::usageLine() + "It is configured by environment variables.\n").c_str(),
                   stderr);
        return exitWrongUse;
    }
    try {
        switch (*task) {
        case Task::Help:
            return print(lm::daemon::usage());
        case Task::Version:
            return print(lm::daemon::version());
        case Task::Migrate:
        case Task::ShowMigrations:
            return migrate(*task == Task::ShowMigrations);
        case Task::Serve:
            break;
        }
        return serve();
    } catch (const std::exception& e) {
        return fail(exitCannotStart, {e.what()});
    }
}
