#include "service/domain/filename.hpp"

#include "service/domain/utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>

namespace lm::domain {
namespace {

constexpr std::size_t stemPartBytes = 66; // three of them, the timestamp and separators stay below 224

/// FNV-1a: tells names apart, guards nothing.
std::string shortHash(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325u;
    for (const char c : text)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    char hex[16];
    std::snprintf(hex, sizeof hex, "%08x", static_cast<unsigned>(hash ^ (hash >> 32)));
    return hex;
}

bool oneOf(char c, std::string_view set) {
    return set.find(c) != std::string_view::npos;
}

bool reserved(char32_t c) {
    return isUnprintable(c) || (c < 0x80 && oneOf(static_cast<char>(c), "/\\:*?\"<>|"));
}

/// The text with every reserved character replaced; not yet cut.
std::string replaceReserved(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const CodePoint point = readCodePoint(text);
        const bool secondDot = point.value == '.' && out.ends_with('.');
        if (!point.valid || reserved(point.value) || secondDot)
            out += '_';
        else
            out += text.substr(0, point.bytes);
        text.remove_prefix(point.bytes);
    }
    return out;
}

/// What a shell, `ls` or another system's file system takes for something else at the ends of a name.
void replaceEnds(std::string& name) {
    for (std::size_t i = 0; i < name.size() && oneOf(name[i], ".- "); ++i)
        name[i] = '_';
    for (std::size_t i = name.size(); i > 0 && oneOf(name[i - 1], ". "); --i)
        name[i - 1] = '_';
}

void cut(std::string& name, std::size_t bytes) {
    if (name.size() <= bytes) return;
    while (bytes > 0 && (static_cast<unsigned char>(name[bytes]) & 0xC0) == 0x80)
        --bytes;
    name.resize(bytes);
}

} // namespace

std::string pathComponent(std::string_view text, std::size_t maxBytes) {
    if (text.empty()) return "unknown";
    std::string name = replaceReserved(text);
    replaceEnds(name);
    if (name == text && name.size() <= maxBytes) return name;
    const std::string hash = shortHash(text);
    cut(name, std::max<std::size_t>(maxBytes, 32) - hash.size() - 1);
    return name + '-' + hash;
}

std::string recordingStem(UtcTime start, const EgressRequest& request) {
    return utcFileText(start) + '_' + pathComponent(request.room, stemPartBytes) + '_' +
           pathComponent(request.participant, stemPartBytes) + '_' +
           pathComponent(request.trackId, stemPartBytes);
}

std::string recordingFileName(UtcTime start, const EgressRequest& request, std::string_view extension) {
    return recordingStem(start, request) + '.' + std::string(extension);
}

} // namespace lm::domain
