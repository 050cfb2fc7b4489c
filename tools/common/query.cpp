#include "tools/common/query.hpp"

#include "plugins/common/handles.hpp"

#include <algorithm>
#include <set>

namespace lm::tools {
namespace {

std::string canonical(const std::string& name) {
    if (name == "room") return "roomName";
    if (name == "track") return "trackId";
    return name;
}

std::set<std::string> namesIn(const std::string& query) {
    std::set<std::string> names;
    for (std::size_t at = 0; at < query.size();) {
        const auto end = std::min(query.find('&', at), query.size());
        const auto pair = query.substr(at, end - at);
        names.insert(canonical(pair.substr(0, pair.find('='))));
        at = end + 1;
    }
    return names;
}

std::string encoded(const std::string& text) {
    const Owned<char> result(g_uri_escape_string(text.c_str(), nullptr, FALSE));
    return result.get();
}

} // namespace

std::string withParameters(const std::string& target, const Parameters& parameters) {
    const auto mark = target.find('?');
    const auto given = namesIn(mark == std::string::npos ? "" : target.substr(mark + 1));
    std::string result = target;
    char separator = mark == std::string::npos ? '?' : '&';
    if (mark != std::string::npos && mark + 1 == target.size()) separator = '\0';
    for (const auto& [name, value] : parameters) {
        if (given.contains(name)) continue;
        if (separator != '\0') result += separator;
        result += name + "=" + encoded(value);
        separator = '&';
    }
    return result;
}

} // namespace lm::tools
