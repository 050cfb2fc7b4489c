#include "service/http/range.hpp"

#include "plugins/common/handles.hpp"

#include <libsoup/soup.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

namespace lm::http {
namespace {

std::string_view trimmed(std::string_view text) {
    const auto isSpace = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && isSpace(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && isSpace(text.back()))
        text.remove_suffix(1);
    return text;
}

/// Decimal digits; what is beyond 64 bits is beyond every resource, too.
std::optional<std::uint64_t> numberOf(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || end != text.data() + text.size()) return std::nullopt;
    return error == std::errc::result_out_of_range ? UINT64_MAX : value;
}

/// The only range of `bytes=…`; nullopt when it is none, or there are several.
std::optional<Selection> rangeOf(std::string_view header, std::uint64_t size) {
    constexpr std::string_view unit = "bytes=";
    if (header.size() < unit.size() || g_ascii_strncasecmp(header.data(), unit.data(), unit.size()) != 0)
        return std::nullopt;
    const std::string_view range = trimmed(header.substr(unit.size()));
    const std::size_t dash = range.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const std::string_view from = range.substr(0, dash), to = range.substr(dash + 1);
    const auto first = numberOf(from), last = numberOf(to);
    if (from.empty()) { // the last bytes
        if (!last) return std::nullopt;
        const std::uint64_t length = std::min(*last, size);
        if (length == 0) return Selection{Selection::Kind::Unsatisfiable};
        return Selection{Selection::Kind::Part, size - length, length};
    }
    if (!first || (!to.empty() && (!last || *last < *first))) return std::nullopt;
    if (*first >= size) return Selection{Selection::Kind::Unsatisfiable};
    const std::uint64_t end = to.empty() ? size - 1 : std::min(*last, size - 1);
    return Selection{Selection::Kind::Part, *first, end - *first + 1};
}

std::optional<std::int64_t> dateOf(std::string_view text) {
    if (text.empty()) return std::nullopt;
    const auto date = Owned<GDateTime>(soup_date_time_new_from_http_string(std::string(text).c_str()));
    if (!date) return std::nullopt;
    return g_date_time_to_unix(date.get());
}

/// Whether a list of entity tags has ours; a weak one is as good here (RFC 9110, 13.1.2).
bool lists(std::string_view tags, std::string_view etag) {
    for (std::string_view rest = tags; !rest.empty();) {
        const std::size_t comma = rest.find(',');
        std::string_view tag = trimmed(rest.substr(0, comma));
        if (tag == "*") return true;
        if (tag.starts_with("W/")) tag.remove_prefix(2);
        if (tag == etag) return true;
        rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    }
    return false;
}

bool isUnchanged(const Request& request, const Validators& validators) {
    const std::string tags = request.list("If-None-Match");
    if (!tags.empty()) return lists(tags, validators.etag);
    const auto since = dateOf(request.header("If-Modified-Since"));
    return since && validators.lastModified <= *since;
}

/// Whether what the client has a part of is what there is: else the part would not fit.
bool fits(std::string_view condition, const Validators& validators, std::int64_t now) {
    condition = trimmed(condition);
    if (condition.empty()) return true;
    if (condition.front() == '"' || condition.starts_with("W/")) return condition == validators.etag;
    return dateOf(condition) == validators.lastModified && validators.lastModified < now;
}

} // namespace

Selection select(const Request& request, std::uint64_t size, const Validators& validators, std::int64_t now) {
    if (isUnchanged(request, validators)) return {Selection::Kind::NotModified};
    const Selection whole{Selection::Kind::Whole, 0, size};
    const std::string_view range = request.header("Range");
    if (range.empty() || request.method != "GET" || !fits(request.header("If-Range"), validators, now))
        return whole;
    return rangeOf(range, size).value_or(whole);
}

std::string contentRange(const Selection& selection, std::uint64_t size) {
    if (selection.kind == Selection::Kind::Unsatisfiable) return "bytes */" + std::to_string(size);
    return "bytes " + std::to_string(selection.first) + "-" +
           std::to_string(selection.first + selection.length - 1) + "/" + std::to_string(size);
}

std::string httpDate(std::int64_t unixSeconds) {
    const auto time = Owned<GDateTime>(g_date_time_new_from_unix_utc(unixSeconds));
    if (!time) return "Thu, 01 Jan 1970 00:00:00 GMT";
    return Owned<char>(soup_date_time_to_string(time.get(), SOUP_DATE_HTTP)).get();
}

} // namespace lm::http
