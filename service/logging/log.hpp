#pragma once

#include "service/domain/utc.hpp"

#include <cmath>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace lm::logging {

enum class Level { Error, Warning, Info, Debug };

/// `error`, `warning`, `info`, `debug`.
std::optional<Level> levelFromName(std::string_view name);

/// A named value of a log line. Any text is safe: what could break the line or imitate another field is
/// quoted and escaped, long text is cut.
struct Field {
    Field(std::string_view k, std::string_view v) : key(k), value(v) {}
    Field(std::string_view k, const char* v) : key(k), value(v) {}
    Field(std::string_view k, const std::string& v) : key(k), value(v) {}
    Field(std::string_view k, bool v) : key(k), value(v ? "true" : "false"), bare(true) {}
    template <typename Number>
    requires std::is_arithmetic_v<Number> Field(std::string_view k, Number v)
        : key(k), value(std::to_string(v)), bare(std::isfinite(static_cast<double>(v))) {}

    std::string_view key;
    std::string value;
    bool bare = false; // a number or a truth value: JSON writes it without quotes
};
using Fields = std::initializer_list<Field>;

enum class Format { Text, Json };

/// One event as a line without its end, in the format that is set. Thread-safe.
std::string line(domain::UtcTime time, Level level, std::string_view component, std::string_view message,
                 Fields fields = {});

/// `{"ts":"…Z","level":"info","component":"egress","message":"track started","track":"…"}`, as
/// schemas/log-line.schema.json says: the fields follow in their order, one named like those four gets a `_`
/// behind its name. Bytes that are no UTF-8 become U+FFFD; every text, the message too, is cut like a value
/// of formatLine.
std::string formatJson(domain::UtcTime time, Level level, std::string_view component,
                       std::string_view message, Fields fields);
/// `2026-11-22T20:45:01.123Z info  egress: track started track=TR_1 room="my room"`, without the line end.
std::string formatLine(domain::UtcTime time, Level level, std::string_view component,
                       std::string_view message, Fields fields);

/// One event, one line on standard error, one write. Thread-safe; never call it with a lock held, nor from an
/// ingest thread: the write may block.
void log(Level level, std::string_view component, std::string_view message, Fields fields = {});
void error(std::string_view component, std::string_view message, Fields fields = {});
void warning(std::string_view component, std::string_view message, Fields fields = {});
void info(std::string_view component, std::string_view message, Fields fields = {});
void debug(std::string_view component, std::string_view message, Fields fields = {});

/// What is more detailed than `level` is not written. Thread-safe.
void setLevel(Level level);
bool enabled(Level level);
/// The format of all lines from now on. Thread-safe.
void setFormat(Format format);
/// Writes whatever the level says: for what has been asked for in another way.
void always(Level level, std::string_view component, std::string_view message, Fields fields = {});
/// Lines that could not be written.
std::uint64_t lost();
/// Where lines go instead of standard error; an empty function restores it. For tests, before threads start.
void setSink(std::function<void(std::string_view line)> sink);
/// Sends what GLib based libraries log through `log`, so that they cannot break the line format.
void captureGlib();

} // namespace lm::logging
