#include "service/config/values.hpp"

#include "plugins/common/handles.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace lm::config {
namespace {

template <typename Number> bool readWhole(const std::string& text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

std::string shortNumber(double value) {
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    return g_ascii_formatd(text, sizeof text, "%g", value);
}

std::string trimmed(const std::string& text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

Ref<GUri> parseUrl(const std::string& text) {
    return Ref<GUri>::adopt(g_uri_parse(text.c_str(), G_URI_FLAGS_ENCODED, nullptr));
}

bool hasHost(GUri* uri) {
    return g_uri_get_host(uri) && *g_uri_get_host(uri);
}

bool isHttp(GUri* uri) {
    const std::string scheme = g_uri_get_scheme(uri);
    return (scheme == "http" || scheme == "https") && hasHost(uri);
}

/// Nothing in it but where it is.
bool isPlain(GUri* uri) {
    return !g_uri_get_query(uri) && !g_uri_get_fragment(uri) && !g_uri_get_userinfo(uri);
}

bool isOrigin(const std::string& text) {
    const auto uri = parseUrl(text);
    return uri && isHttp(uri.get()) && *g_uri_get_path(uri.get()) == '\0' && isPlain(uri.get());
}

} // namespace

Result<std::uint64_t> readInteger(const std::string& text, std::uint64_t least, std::uint64_t most) {
    std::uint64_t number = 0;
    if (readWhole(text, number) && number >= least && number <= most) return number;
    return Error{"a whole number from " + std::to_string(least) + " to " + std::to_string(most)};
}

Result<double> readNumber(const std::string& text, double least, double most) {
    double number = 0;
    if (readWhole(text, number) && number >= least && number <= most) return number;
    return Error{"a number from " + shortNumber(least) + " to " + shortNumber(most)};
}

Result<bool> readFlag(const std::string& text) {
    for (const char* yes : {"true", "1", "yes", "on"})
        if (g_ascii_strcasecmp(text.c_str(), yes) == 0) return true;
    for (const char* no : {"false", "0", "no", "off"})
        if (g_ascii_strcasecmp(text.c_str(), no) == 0) return false;
    return Error{"true or false"};
}

Result<std::string> readHost(const std::string& text) {
    if (text == "localhost" || g_hostname_is_ip_address(text.c_str())) return text;
    return Error{"an IPv4 or IPv6 address to listen on (0.0.0.0 for all), or localhost"};
}

Result<std::string> readHttpUrl(const std::string& text) {
    const auto uri = parseUrl(text);
    if (uri && isHttp(uri.get())) return text;
    return Error{"an absolute URL that starts with http:// or https://"};
}

Result<std::string> readServerUrl(const std::string& text) {
    const auto uri = parseUrl(text);
    const std::string scheme = uri ? g_uri_get_scheme(uri.get()) : "";
    const bool known = scheme == "ws" || scheme == "wss" || scheme == "http" || scheme == "https";
    if (known && hasHost(uri.get()) && isPlain(uri.get())) return text;
    return Error{
        "an absolute URL that starts with wss://, ws://, https:// or http://, without a user, a query or "
        "a fragment: browsers are told of it"};
}

Result<std::string> readStorageUrl(const std::string& text) {
    const auto uri = parseUrl(text);
    if (uri && isHttp(uri.get()) && isPlain(uri.get())) return text;
    return Error{
        "an absolute URL that starts with http:// or https://, without a user, a query or a fragment"};
}

Result<std::string> readMediaUrl(const std::string& text) {
    const auto uri = parseUrl(text);
    const std::string scheme = uri ? g_uri_get_scheme(uri.get()) : "";
    const bool bare = uri && !g_uri_get_userinfo(uri.get()) && !g_uri_get_query(uri.get()) &&
                      !g_uri_get_fragment(uri.get());
    if (bare && (scheme == "ws" || scheme == "wss") && hasHost(uri.get()))
        return text.substr(0, text.find_last_not_of('/') + 1);
    return Error{"an absolute URL that starts with wss:// or ws://, without user, query and fragment"};
}

Result<std::string> readPath(const std::string& text) {
    const bool plain = text.starts_with('/') && !text.starts_with("//");
    if (plain && text.find_first_of(" \t\r\n\"<>\\?#") == std::string::npos) return text;
    return Error{"a path that begins with /"};
}

Result<std::uint64_t> readSpan(const std::string& text) {
    constexpr std::uint64_t least = 10, most = 86'400;
    std::uint64_t unit = 1;
    std::string number = text;
    if (!text.empty())
        for (const auto& [letter, seconds] : {std::pair('s', 1), {'m', 60}, {'h', 3600}, {'d', 86'400}})
            if (text.back() == letter) {
                unit = static_cast<std::uint64_t>(seconds);
                number.pop_back();
            }
    std::uint64_t count = 0;
    if (readWhole(number, count) && count <= most && count * unit >= least && count * unit <= most)
        return count * unit;
    return Error{"a time from 10s to 1d, such as 10m"};
}

Result<std::string> readDatabaseUrl(const std::string& text) {
    for (const char* scheme : {"sqlite:", "file:", "postgresql://", "postgres://"})
        if (text.starts_with(scheme)) return text;
    return Error{"sqlite:PATH or postgresql://USER:PASSWORD@HOST:PORT/DATABASE"};
}

Result<std::vector<std::string>> readOrigins(const std::string& text) {
    std::vector<std::string> origins;
    std::size_t start = 0;
    while (start <= text.size()) {
        const std::size_t comma = std::min(text.find(',', start), text.size());
        const std::string origin = trimmed(text.substr(start, comma - start));
        start = comma + 1;
        if (origin.empty()) continue;
        if (origin != "*" && origin != "local" && !isOrigin(origin)) {
            origins.clear();
            break;
        }
        origins.push_back(origin);
    }
    const bool star = std::find(origins.begin(), origins.end(), "*") != origins.end();
    if (!origins.empty() && (!star || origins.size() == 1)) return origins;
    return Error{"* alone, or origins such as https://meet.example.org, separated by commas; local stands "
                 "for those of this "
                 "machine"};
}

Result<std::vector<std::string>> readNetworks(const std::string& text) {
    std::vector<std::string> networks;
    for (std::size_t start = 0; start <= text.size();) {
        const std::size_t comma = std::min(text.find(',', start), text.size());
        networks.push_back(trimmed(text.substr(start, comma - start)));
        start = comma + 1;
        if (!Ref<GInetAddressMask>::adopt(
                g_inet_address_mask_new_from_string(networks.back().c_str(), nullptr)))
            return Error{"IP addresses or networks such as 10.0.0.0/8, separated by commas"};
    }
    return networks;
}

Result<std::vector<std::string>> readSecrets(const std::string& text) {
    constexpr std::size_t shortest = 32, most = 2;
    std::vector<std::string> secrets;
    for (std::size_t start = 0; start <= text.size();) {
        const std::size_t comma = std::min(text.find(',', start), text.size());
        secrets.push_back(trimmed(text.substr(start, comma - start)));
        start = comma + 1;
        if (secrets.back().size() < shortest || !readToken(secrets.back()) || secrets.size() > most)
            return Error{"32 or more visible ASCII characters without spaces and commas, or two such secrets "
                         "separated by a comma while they are changed"};
    }
    return secrets;
}

Result<std::string> readToken(const std::string& text) {
    for (const char c : text)
        if (c <= ' ' || c > '~') return Error{"visible ASCII characters without spaces"};
    return text;
}

} // namespace lm::config
