#include "service/domain/utf8.hpp"
#include "service/logging/log.hpp"

#include <algorithm>
#include <cstdio>

namespace lm::logging {
namespace {

constexpr std::size_t maxValueBytes = 512;

constexpr std::string_view levelNames[] = {"error", "warning", "info", "debug"};

/// Text that can stand without quotes: nothing that separates, quotes or escapes.
bool plain(std::string_view text) {
    if (text.empty() || text.size() > maxValueBytes) return false;
    for (const char c : text)
        if (c <= ' ' || c > '~' || c == '"' || c == '\\' || c == '=') return false;
    return true;
}

void appendEscaped(std::string& out, std::string_view text) {
    while (!text.empty()) {
        const domain::CodePoint point = domain::readCodePoint(text);
        char escape[16] = "";
        if (!point.valid)
            std::snprintf(escape, sizeof escape, "\\x%02x", static_cast<unsigned>(point.value));
        else if (point.value == '\n')
            std::snprintf(escape, sizeof escape, "\\n");
        else if (domain::isUnprintable(point.value))
            std::snprintf(escape, sizeof escape, point.value > 0xFFFF ? "\\U%08x" : "\\u%04x",
                          static_cast<unsigned>(point.value));
        else if (point.value == '"' || point.value == '\\')
            out += '\\';
        out += *escape ? std::string_view(escape) : text.substr(0, point.bytes);
        text.remove_prefix(point.bytes);
    }
}

std::string_view cut(std::string_view text) {
    std::size_t size = std::min(text.size(), maxValueBytes);
    while (size < text.size() && size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80)
        --size;
    return text.substr(0, size);
}

void appendValue(std::string& out, std::string_view value) {
    if (plain(value)) {
        out += value;
        return;
    }
    const std::string_view shown = cut(value);
    out += '"';
    appendEscaped(out, shown);
    out += shown.size() < value.size() ? "...\"" : "\"";
}

void appendJsonText(std::string& out, std::string_view text) {
    const std::string_view shown = cut(text);
    out += '"';
    for (std::string_view rest = shown; !rest.empty();) {
        const domain::CodePoint point = domain::readCodePoint(rest);
        char escape[16] = "";
        if (!point.valid)
            std::snprintf(escape, sizeof escape, "\\ufffd"); // the replacement character
        else if (domain::isUnprintable(point.value))
            std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(point.value));
        else if (point.value == '"' || point.value == '\\')
            out += '\\';
        out += *escape ? std::string_view(escape) : rest.substr(0, point.bytes);
        rest.remove_prefix(point.bytes);
    }
    out += shown.size() < text.size() ? "...\"" : "\"";
}

void appendMember(std::string& out, std::string_view name, std::string_view value, bool bare) {
    out += out.size() > 1 ? "," : "";
    appendJsonText(out, name);
    out += ':';
    if (bare)
        out += value;
    else
        appendJsonText(out, value);
}

} // namespace

std::optional<Level> levelFromName(std::string_view name) {
    for (std::size_t i = 0; i < std::size(levelNames); ++i)
        if (levelNames[i] == name) return static_cast<Level>(i);
    return std::nullopt;
}

std::string formatLine(domain::UtcTime time, Level level, std::string_view component,
                       std::string_view message, Fields fields) {
    std::string line = domain::utcText(time) + ' ';
    std::string name(levelNames[static_cast<std::size_t>(level)]);
    name.resize(std::max<std::size_t>(name.size(), 5), ' ');
    line += name + ' ' + std::string(component) + ": ";
    appendEscaped(line, message);
    for (const Field& field : fields) {
        line += ' ';
        line += field.key;
        line += '=';
        appendValue(line, field.value);
    }
    return line;
}

std::string formatJson(domain::UtcTime time, Level level, std::string_view component,
                       std::string_view message, Fields fields) {
    std::string line = "{";
    appendMember(line, "ts", domain::utcText(time), false);
    appendMember(line, "level", levelNames[static_cast<std::size_t>(level)], false);
    appendMember(line, "component", component, false);
    appendMember(line, "message", message, false);
    for (const Field& field : fields) {
        std::string name(field.key);
        for (const char* taken : {"ts", "level", "component", "message"})
            if (field.key == taken) name += '_';
        appendMember(line, name, field.value, field.bare);
    }
    return line + '}';
}

} // namespace lm::logging
