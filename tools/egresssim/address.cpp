#include "tools/egresssim/address.hpp"

#include "plugins/common/handles.hpp"

namespace lm::egresssim {

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

} // namespace lm::egresssim
