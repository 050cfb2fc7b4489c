#include "service/http/headercheck.hpp"

#include <strings.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

namespace lm::http {
namespace {

constexpr std::size_t maxFields = 100;
constexpr std::size_t maxBytes = 32 * 1024; // libsoup itself ends the connection at 64 KiB

struct Size {
    std::size_t fields = 0, bytes = 0;
};

Size sizeOf(SoupMessageHeaders* headers) {
    Size size;
    soup_message_headers_foreach(
        headers,
        [](const char* name, const char* value, gpointer data) {
            auto* s = static_cast<Size*>(data);
            ++s->fields;
            s->bytes += std::strlen(name) + std::strlen(value) + 4;
        },
        &size);
    return size;
}

bool isLength(std::string_view text) {
    constexpr std::size_t digitsOfInt64 = 18;
    return !text.empty() && text.size() <= digitsOfInt64 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Response bad(const char* message) {
    return problem(400, "bad_request", message);
}

} // namespace

std::optional<Response> checkHeader(SoupMessageHeaders* headers) {
    const Size size = sizeOf(headers);
    if (size.fields > maxFields || size.bytes > maxBytes)
        return problem(431, "header_too_large",
                       "The header must not have more than " + std::to_string(maxFields) + " fields and " +
                           std::to_string(maxBytes) + " bytes.");
    const char* length = soup_message_headers_get_list(headers, "Content-Length");
    const char* coding = soup_message_headers_get_list(headers, "Transfer-Encoding");
    if (length && coding) return bad("Content-Length and Transfer-Encoding exclude each other.");
    if (length && !isLength(length)) return bad("Content-Length must be one decimal number.");
    if (coding && strcasecmp(coding, "chunked") != 0)
        return problem(501, "unknown_coding", "Transfer-Encoding must be chunked.");
    return std::nullopt;
}

bool announcesBody(SoupMessageHeaders* headers) {
    const char* length = soup_message_headers_get_list(headers, "Content-Length");
    return soup_message_headers_get_list(headers, "Transfer-Encoding") ||
           (length && std::strcmp(length, "0") != 0);
}

} // namespace lm::http
