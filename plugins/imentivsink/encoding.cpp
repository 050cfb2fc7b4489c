#include "plugins/imentivsink/encoding.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace lm::imentivsink {
namespace {

void appendEncoded(std::string& out, char byte) {
    constexpr char digits[] = "0123456789ABCDEF";
    const auto value = static_cast<unsigned char>(byte);
    out += '%';
    out += digits[value >> 4];
    out += digits[value & 15];
}

bool isUnreserved(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

bool isVisible(char c) {
    return c > 0x20 && c < 0x7f;
}

std::string redactedQuery(std::string_view query) {
    std::string out;
    while (true) {
        const auto end = query.find('&');
        const auto pair = query.substr(0, end);
        const auto equals = pair.find('=');
        if (equals != std::string_view::npos) out.append(pair.substr(0, equals + 1));
        out += "***";
        if (end == std::string_view::npos) return out;
        out += '&';
        query.remove_prefix(end + 1);
    }
}

} // namespace

std::string percentEncoded(std::string_view value) {
    std::string out;
    out.reserve(value.size());
    for (const char c : value) {
        if (isUnreserved(c))
            out += c;
        else
            appendEncoded(out, c);
    }
    return out;
}

std::string headerValue(std::string_view value) {
    std::string out;
    out.reserve(value.size());
    for (std::size_t i = 0; i < value.size(); ++i) {
        const bool innerSpace = value[i] == ' ' && i > 0 && i + 1 < value.size();
        if ((isVisible(value[i]) && value[i] != '%') || innerSpace)
            out += value[i];
        else
            appendEncoded(out, value[i]);
    }
    return out;
}

bool isHeaderSafe(std::string_view value) {
    return std::all_of(value.begin(), value.end(), isVisible);
}

std::string rfc3339(std::int64_t utcNs) {
    using namespace std::chrono;
    const sys_time<microseconds> time{floor<microseconds>(nanoseconds(utcNs))};
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{time - day};
    char text[48];
    std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                  static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
    return text;
}

std::string redactedUrl(std::string_view url) {
    std::string out;
    url = url.substr(0, url.find('#'));
    const auto scheme = url.find("://");
    if (scheme != std::string_view::npos) {
        out.append(url.substr(0, scheme + 3));
        url.remove_prefix(scheme + 3);
    }
    const auto question = url.find('?');
    // The last @ before the query, wherever it is: of a wrong URL rather too much is hidden than a password
    // shown.
    const auto at = url.substr(0, question).rfind('@');
    const auto start = at == std::string_view::npos ? 0 : at + 1;
    if (start > 0) out += "***@";
    out.append(url.substr(start, question == std::string_view::npos ? question : question - start));
    if (question != std::string_view::npos) out.append("?").append(redactedQuery(url.substr(question + 1)));
    return out;
}

} // namespace lm::imentivsink
