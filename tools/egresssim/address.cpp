#include "tools/egresssim/address.hpp"

#include "plugins/common/handles.hpp"

#include <algorithm>
#include <set>

namespace lm::egresssim {

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

Result<Address> parseAddress(const std::string& url) {
    const auto uri = Ref<GUri>::adopt(g_uri_parse(url.c_str(), G_URI_FLAGS_ENCODED, nullptr));
    if (!uri || g_uri_get_host(uri.get()) == nullptr || *g_uri_get_host(uri.get()) == '\0') {
        return Error{"not a URL of the form ws://HOST:PORT/PATH"};
    }
    const std::string scheme = g_uri_get_scheme(uri.get());
    if (scheme == "wss") {
        return Error{
            "wss:// is not supported: this tool speaks plain ws://; to test TLS put a terminating proxy in "
            "front of the service and point the tool at the plain side"};
    }
    if (scheme != "ws") return Error{"the scheme must be ws://, not " + scheme + "://"};
    if (g_uri_get_userinfo(uri.get()) != nullptr) return Error{"a ws:// URL has no user name or password"};

    Address address;
    address.host = g_uri_get_host(uri.get());
    if (g_uri_get_port(uri.get()) > 0) address.port = static_cast<std::uint16_t>(g_uri_get_port(uri.get()));
    const bool v6 = address.host.find(':') != std::string::npos;
    address.authority = address.host;
    if (v6) address.authority.insert(0, 1, '[').push_back(']');
    if (address.port != 80) address.authority.append(":").append(std::to_string(address.port));
    const char* path = g_uri_get_path(uri.get());
    address.target = *path == '\0' ? "/" : path;
    if (const char* query = g_uri_get_query(uri.get())) address.target += std::string("?") + query;
    return address;
}

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

} // namespace lm::egresssim
