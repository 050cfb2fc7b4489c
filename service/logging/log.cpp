#include "service/logging/log.hpp"

#include "plugins/common/cboundary.hpp"

#include <glib.h>
#include <unistd.h>

#include <atomic>
#include <span>

namespace lm::logging {
namespace {

std::atomic<Level> current{Level::Info};

std::function<void(std::string_view)>& sink() {
    static std::function<void(std::string_view)> instance;
    return instance;
}

Level fromGlib(GLogLevelFlags level) {
    if (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL)) return Level::Error;
    if (level & G_LOG_LEVEL_WARNING) return Level::Warning;
    if (level & (G_LOG_LEVEL_MESSAGE | G_LOG_LEVEL_INFO)) return Level::Info;
    return Level::Debug;
}

GLogWriterOutput writeGlib(GLogLevelFlags level, const GLogField* fields, gsize count, gpointer) {
    fence("log writer", [&] {
        std::string_view text;
        std::string domain = "glib";
        for (const GLogField& field : std::span(fields, count)) {
            const char* value = static_cast<const char*>(field.value);
            if (std::string_view(field.key) == "MESSAGE") text = value;
            if (std::string_view(field.key) == "GLIB_DOMAIN") domain = value;
        }
        log(fromGlib(level), domain, text);
    });
    return G_LOG_WRITER_HANDLED;
}

} // namespace

void log(Level level, std::string_view component, std::string_view message, Fields fields) {
    if (!enabled(level)) return;
    std::string line = formatLine(std::chrono::system_clock::now(), level, component, message, fields);
    if (sink()) return sink()(line);
    line += '\n';
    // One write, so that lines of different threads do not mix. A log that cannot be written is nobody's
    // failure.
    [[maybe_unused]] const ssize_t ignored = ::write(STDERR_FILENO, line.data(), line.size());
}

void error(std::string_view component, std::string_view message, Fields fields) {
    log(Level::Error, component, message, fields);
}
void warning(std::string_view component, std::string_view message, Fields fields) {
    log(Level::Warning, component, message, fields);
}
void info(std::string_view component, std::string_view message, Fields fields) {
    log(Level::Info, component, message, fields);
}
void debug(std::string_view component, std::string_view message, Fields fields) {
    log(Level::Debug, component, message, fields);
}

void setLevel(Level level) {
    current = level;
}
bool enabled(Level level) {
    return level <= current.load(std::memory_order_relaxed);
}
void setSink(std::function<void(std::string_view)> target) {
    sink() = std::move(target);
}
void captureGlib() {
    g_log_set_writer_func(writeGlib, nullptr, nullptr);
}

} // namespace lm::logging
