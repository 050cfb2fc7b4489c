#include "service/http/rawhead.hpp"

#include <strings.h>

#include <algorithm>
#include <string>

namespace lm::http {
namespace {

Response bad(const char* message) {
    return problem(400, "bad_request", message);
}

/// Takes a line off the front, without its end.
std::string_view takeLine(std::string_view& text) {
    const std::size_t lf = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, lf);
    text.remove_prefix(std::min(lf + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool same(std::string_view a, std::string_view b) {
    return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

bool isControl(char c) {
    return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f';
}

bool isToken(std::string_view text) {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~"; // RFC 9110, 5.6.2
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               marks.find(c) != std::string_view::npos;
    });
}

bool isLength(std::string_view text) {
    constexpr std::size_t digitsOfInt64 = 18;
    return !text.empty() && text.size() <= digitsOfInt64 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool isRequestLine(std::string_view line) {
    const std::size_t target = line.find(' ');
    const std::size_t version = line.rfind(' ');
    return target != std::string_view::npos && version > target && isToken(line.substr(0, target)) &&
           line.substr(version + 1).starts_with("HTTP/1.");
}

struct Field {
    std::string_view name, value;
};

std::optional<Field> fieldIn(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !isToken(line.substr(0, colon))) return std::nullopt;
    return Field{line.substr(0, colon), trimmed(line.substr(colon + 1))};
}

/// What the fields say about the body.
struct Framing {
    unsigned lengths = 0, codings = 0;

    std::optional<Response> add(const Field& field) {
        if (same(field.name, "Content-Length")) {
            ++lengths;
            if (!isLength(field.value)) return bad("Content-Length must be one decimal number.");
        } else if (same(field.name, "Transfer-Encoding")) {
            ++codings;
            if (!same(field.value, "chunked"))
                return problem(501, "unknown_coding", "Transfer-Encoding must be chunked.");
        }
        if (lengths > 1 || codings > 1) return bad("The length of the body is told twice.");
        if (lengths > 0 && codings > 0)
            return bad("Content-Length and Transfer-Encoding exclude each other.");
        return std::nullopt;
    }
};

} // namespace

std::size_t endOfHead(std::string_view text, std::size_t from) {
    // The end may have begun before `from`, with the two bytes of LF CR.
    for (std::size_t lf = text.find('\n', from < 2 ? 0 : from - 2); lf != std::string_view::npos;
         lf = text.find('\n', lf + 1)) {
        const std::string_view behind = text.substr(lf + 1);
        if (behind.starts_with('\n')) return lf + 2;
        if (behind.starts_with("\r\n")) return lf + 3;
    }
    return 0;
}

std::optional<Response> checkHeadSize(std::string_view head) {
    const std::size_t line = std::min(head.find('\n'), head.size());
    if (line > maxRequestLine)
        return problem(414, "uri_too_long",
                       "The request line must not be longer than " + std::to_string(maxRequestLine) +
                           " bytes.");
    const std::string_view fields = head.substr(std::min(line + 1, head.size()));
    const auto lines = std::count(fields.begin(), fields.end(), '\n');
    constexpr auto emptyLine = 1;
    if (head.size() > maxHead || fields.size() > maxFieldBytes ||
        lines > static_cast<std::ptrdiff_t>(maxFields) + emptyLine)
        return problem(431, "header_too_large",
                       "The header must not have more than " + std::to_string(maxFields) + " fields and " +
                           std::to_string(maxFieldBytes) + " bytes, " + std::to_string(maxHead) +
                           " with the request line.");
    return std::nullopt;
}

std::optional<Response> checkRawHead(std::string_view head) {
    if (auto tooLarge = checkHeadSize(head)) return tooLarge;
    const std::string_view requestLine = takeLine(head);
    if (!isRequestLine(requestLine) || std::any_of(requestLine.begin(), requestLine.end(), isControl))
        return bad("The request is not valid HTTP/1.1.");
    Framing framing;
    for (std::string_view line = takeLine(head); !line.empty(); line = takeLine(head)) {
        const auto field = fieldIn(line);
        if (!field || std::any_of(line.begin(), line.end(), isControl))
            return bad("A line of the header is not valid HTTP/1.1.");
        if (auto wrong = framing.add(*field)) return wrong;
    }
    return std::nullopt;
}

std::string_view fieldOf(std::string_view head, std::string_view name) {
    takeLine(head);
    for (std::string_view line = takeLine(head); !line.empty(); line = takeLine(head))
        if (const auto field = fieldIn(line); field && same(field->name, name)) return field->value;
    return {};
}

} // namespace lm::http
