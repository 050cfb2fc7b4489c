#include "service/livekit/address.hpp"

#include "plugins/common/handles.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace lm::livekit {
namespace {

constexpr char cloud[] = ".livekit.cloud";
constexpr std::size_t maxRegion = 63; // of a label

Result<Ref<GUri>> parse(const std::string& url) {
    const auto visible = [](unsigned char c) { return c > 0x20 && c < 0x7f; };
    auto uri = Ref<GUri>::adopt(g_uri_parse(url.c_str(), G_URI_FLAGS_ENCODED, nullptr));
    const std::string_view scheme = uri ? g_uri_get_scheme(uri.get()) : "";
    const bool known = scheme == "ws" || scheme == "wss" || scheme == "http" || scheme == "https";
    if (!known || !g_uri_get_host(uri.get()) || !*g_uri_get_host(uri.get()) ||
        !std::all_of(url.begin(), url.end(), visible))
        return Error{"must be a URL such as wss://livekit.example.com or ws://localhost:7880", "LIVEKIT_URL"};
    return uri;
}

/// IPv6 in its brackets.
std::string hostText(const std::string& host) {
    if (host.find(':') == std::string::npos) return host;
    std::string text = "[";
    return text.append(host).append("]");
}

bool isLabel(const std::string& text) {
    const auto fits = [](unsigned char c) { return c < 0x80 && (std::isalnum(c) || c == '-'); };
    return !text.empty() && text.size() <= maxRegion && std::all_of(text.begin(), text.end(), fits) &&
           text.front() != '-' && text.back() != '-';
}

} // namespace

Result<std::string> apiOrigin(const std::string& livekitUrl) {
    const auto uri = parse(livekitUrl);
    if (!uri) return uri.error();
    const std::string_view scheme = g_uri_get_scheme(uri->get());
    std::string origin = scheme == "ws" || scheme == "http" ? "http://" : "https://";
    origin += hostText(g_uri_get_host(uri->get()));
    if (const int port = g_uri_get_port(uri->get()); port > 0)
        origin.append(":").append(std::to_string(port));
    return origin;
}

bool isLocal(const std::string& url) {
    const auto uri = parse(url);
    if (!uri) return false;
    const std::string_view host = g_uri_get_host(uri->get());
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

Result<std::string> regionalUrl(const std::string& livekitUrl, const std::string& region) {
    if (region.empty()) return livekitUrl;
    const auto uri = parse(livekitUrl);
    if (!uri) return uri.error();
    if (!isLabel(region)) return Error{"must consist of letters, digits and '-'", "region"};
    const std::string host = g_uri_get_host(uri->get());
    if (!host.ends_with(cloud)) return livekitUrl;
    std::string project = host.substr(0, host.size() - (sizeof cloud - 1));
    std::string stage = "production";
    if (constexpr std::string_view staging = ".staging"; project.ends_with(staging)) {
        stage = "staging";
        project.resize(project.size() - staging.size());
    }
    const std::string regional = project + "." + region + "." + stage + cloud;
    const char* path = g_uri_get_path(uri->get());
    const Owned<char> text(g_uri_join(G_URI_FLAGS_ENCODED, g_uri_get_scheme(uri->get()), nullptr,
                                      regional.c_str(), g_uri_get_port(uri->get()),
                                      path && *path ? path : "/", g_uri_get_query(uri->get()), nullptr));
    return std::string(text.get());
}

} // namespace lm::livekit
