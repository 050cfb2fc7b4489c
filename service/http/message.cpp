#include "service/http/message.hpp"

#include "plugins/common/handles.hpp"

namespace lm::http {
namespace {

constexpr char rangeKey[] = "live-meeting-range";

std::string orEmpty(const char* text) {
    return text ? text : "";
}

void fill(SoupServerMessage* message, const Response& response) {
    clearAnswer(message);
    SoupMessageHeaders* headers = soup_server_message_get_response_headers(message);
    soup_message_headers_replace(headers, "Connection", "close");
    soup_message_headers_replace(headers, "X-Content-Type-Options", "nosniff");
    for (const auto& [name, value] : response.headers)
        soup_message_headers_append(headers, name.c_str(), value.c_str());
    if (response.body.empty() && !response.source) return;
    soup_message_headers_replace(headers, "Content-Type", response.type.c_str());
    if (response.body.empty()) return;
    soup_message_body_append(soup_server_message_get_response_body(message), SOUP_MEMORY_COPY,
                             response.body.data(), response.body.size());
}

} // namespace

Request readRequest(SoupServerMessage* message) {
    Request request;
    request.method = orEmpty(soup_server_message_get_method(message));
    if (GUri* uri = soup_server_message_get_uri(message)) {
        request.path = orEmpty(g_uri_get_path(uri));
        request.query = orEmpty(g_uri_get_query(uri));
    }
    // A body that nobody takes is not kept, and cannot be asked for.
    SoupMessageBody* parts = soup_server_message_get_request_body(message);
    if (soup_message_body_get_accumulate(parts)) {
        const auto body = Ref<GBytes>::adopt(soup_message_body_flatten(parts));
        gsize size = 0;
        const auto* data = static_cast<const char*>(g_bytes_get_data(body.get(), &size));
        if (size > 0) request.body.assign(data, size);
    }
    soup_message_headers_foreach(
        soup_server_message_get_request_headers(message),
        [](const char* name, const char* value, gpointer headers) {
            static_cast<decltype(request.headers)*>(headers)->emplace_back(name, value);
        },
        &request.headers);
    if (const auto* range = static_cast<const char*>(g_object_get_data(G_OBJECT(message), rangeKey)))
        request.headers.emplace_back("Range", range);
    return request;
}

void keepRange(SoupServerMessage* message) {
    SoupMessageHeaders* headers = soup_server_message_get_request_headers(message);
    if (const char* range = soup_message_headers_get_list(headers, "Range"))
        g_object_set_data_full(G_OBJECT(message), rangeKey, g_strdup(range), g_free);
    soup_message_headers_remove(headers, "Range");
}

void writeAnswer(SoupServerMessage* message, const Response& response) {
    fill(message, response);
    soup_server_message_set_status(message, response.status, reasonPhrase(response.status));
}

void prepareBadRequest(SoupServerMessage* message) {
    fill(message, problem(400, "bad_request", "The request is not valid HTTP/1.1."));
}

void clearAnswer(SoupServerMessage* message) {
    SoupMessageHeaders* headers = soup_server_message_get_response_headers(message);
    for (const char* name : {"Connection", "Content-Type"})
        soup_message_headers_remove(headers, name);
    soup_message_body_truncate(soup_server_message_get_response_body(message));
}

} // namespace lm::http
