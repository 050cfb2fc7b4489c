#include "plugins/imentivsink/settings.hpp"

#include "plugins/common/handles.hpp"
#include "plugins/imentivsink/encoding.hpp"
#include "plugins/imentivsink/spoolrecord.hpp"

#include <libsoup/soup.h>

namespace lm::imentivsink {
namespace {

constexpr auto kUriFlags = static_cast<GUriFlags>(SOUP_HTTP_URI_FLAGS);

/// User information leaves the URL and becomes a header: nothing that logs or reports a URL can show it then.
Result<std::string> basicAuthorization(GUri* uri) {
    const Owned<char> user(g_uri_unescape_string(g_uri_get_userinfo(uri), nullptr));
    if (!user) return Error{"the user information in the endpoint is not valid", "endpoint"};
    const std::string text = user.get();
    const Owned<char> encoded(g_base64_encode(reinterpret_cast<const guchar*>(text.data()), text.size()));
    return std::string("Basic ") + encoded.get();
}

/// The wanted one in lower case, as it is in names of spooled files, or a new one.
std::string sessionOf(const std::string& wanted) {
    return Owned<char>(wanted.empty() ? g_uuid_string_random() : g_ascii_strdown(wanted.c_str(), -1)).get();
}

} // namespace

Result<Target> makeTarget(const Settings& settings) {
    if (settings.endpoint.empty())
        return Error{"no endpoint: set the property to the URL of the analysis service", "endpoint"};
    auto uri = Ref<GUri>::adopt(g_uri_parse(settings.endpoint.c_str(), kUriFlags, nullptr));
    // What GLib says of a wrong URL may quote it, with a password inside.
    if (!uri) return Error{"the endpoint is not a valid URL", "endpoint"};
    const std::string scheme = g_uri_get_scheme(uri.get());
    if (scheme != "http" && scheme != "https")
        return Error{"the endpoint is not an http or https URL", "endpoint"};
    if (!g_uri_get_host(uri.get()) || !*g_uri_get_host(uri.get()))
        return Error{"the endpoint names no host", "endpoint"};
    if (!isHeaderSafe(settings.apiKey))
        return Error{
            "the api-key has characters that a header cannot carry (spaces, line breaks or non-ASCII)",
            "api-key"};
    if (!settings.session.empty() && !g_uuid_string_is_valid(settings.session.c_str()))
        return Error{"the session is not a UUID", "session"};

    Target target;
    if (!settings.apiKey.empty()) {
        target.authorization = "Bearer " + settings.apiKey;
    } else if (g_uri_get_userinfo(uri.get())) {
        auto basic = basicAuthorization(uri.get());
        if (!basic) return basic.error();
        target.authorization = *basic;
    }
    const Owned<char> url(g_uri_to_string_partial(uri.get(), G_URI_HIDE_USERINFO));
    target.endpoint = url.get();
    target.identity = settings.identity;
    target.payload = settings.payload;
    target.session = sessionOf(settings.session);
    target.timeout = std::chrono::milliseconds(settings.timeoutMs);
    target.maxAttempts = settings.maxAttempts;
    target.maxQueueBytes = settings.maxQueueBytes;
    target.startedUs = static_cast<std::uint64_t>(g_get_real_time());
    target.route = routeOf(redactedUrl(target.endpoint));
    const std::chrono::milliseconds pause(settings.circuitPauseMs);
    target.breaker = {settings.circuitFailures, pause, 30 * pause,
                      std::chrono::milliseconds(settings.refusedPauseMs)};
    target.spools = !settings.spoolDirectory.empty();
    target.spoolMaxBytes = settings.spoolMaxBytes;
    target.spoolMaxAge = std::chrono::seconds(settings.spoolMaxAgeS);
    target.receipts = settings.spoolReceipts;
    return target;
}

} // namespace lm::imentivsink
