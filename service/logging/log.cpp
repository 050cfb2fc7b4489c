#include "service/logging/log.hpp"

#include "plugins/common/cboundary.hpp"

#include <glib.h>
#include <unistd.h>

#include <atomic>
#include <span>

namespace lm::logging {
namespace {

std::atomic<Level> current{Level::Info};
std::atomic<Format> format{Format::Text};
std::atomic<std::uint64_t> unwritten{0};

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

std::string line(domain::UtcTime time, Level level, std::string_view component, std::string_view message,
                 Fields fields) {
    const bool json = format.load(std::memory_order_relaxed) == Format::Json;
    return (json ? formatJson : formatLine)(time, level, component, message, fields);
}

void always(Level level, std::string_view component, std::string_view message, Fields fields) {
    std::string text = line(std::chrono::system_clock::now(), level, component, message, fields);
    if (sink()) return sink()(text);
    text += '\n';
    // One write, so that lines of different threads do not mix. A log that cannot be written is nobody's
    // failure.
    if (::write(STDERR_FILENO, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        unwritten.fetch_add(1, std::memory_order_relaxed);
}

void log(Level level, std::string_view component, std::string_view message, Fields fields) {
    if (enabled(level)) always(level, component, message, fields);
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
void setFormat(Format wanted) {
    format = wanted;
}
std::uint64_t lost() {
    return unwritten.load(std::memory_order_relaxed);
}
void setSink(std::function<void(std::string_view)> target) {
    sink() = std::move(target);
}
void captureGlib() {
    g_log_set_writer_func(writeGlib, nullptr, nullptr);
}

} // namespace lm::logging
