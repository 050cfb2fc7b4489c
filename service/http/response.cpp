#include "service/http/response.hpp"

#include "service/json/json.hpp"

#include <libsoup/soup.h>

namespace lm::http {
namespace {

json::Node nodeOf(JsonObject* adopted) {
    auto node = json::Node::adopt(json_node_new(JSON_NODE_OBJECT));
    json_node_take_object(node.get(), adopted);
    return node;
}

} // namespace

Response object(unsigned status, std::initializer_list<std::pair<const char*, std::string>> members) {
    JsonObject* object = json_object_new();
    for (const auto& [name, value] : members)
        json_object_set_string_member(object, name, value.c_str());
    return {status, json::toText(nodeOf(object).get())};
}

Response problem(unsigned status, const std::string& code, const std::string& message,
                 const std::string& parameter) {
    JsonObject* inner = json_object_new();
    json_object_set_string_member(inner, "code", code.c_str());
    if (!parameter.empty()) json_object_set_string_member(inner, "parameter", parameter.c_str());
    json_object_set_string_member(inner, "message", message.c_str());
    JsonObject* outer = json_object_new();
    json_object_set_object_member(outer, "error", inner);
    Response response{status, json::toText(nodeOf(outer).get())};
    response.code = code;
    return response;
}

const char* reasonPhrase(unsigned status) {
    return status == 426 ? "Upgrade Required" : soup_status_get_phrase(status); // libsoup does not know it
}

std::string toWire(const Response& response) {
    std::string text = "HTTP/1.1 " + std::to_string(response.status) + ' ' + reasonPhrase(response.status) +
                       "\r\nConnection: close\r\n";
    for (const auto& [name, value] : response.headers)
        text += name + ": " + value + "\r\n";
    if (!response.body.empty()) text += "Content-Type: " + response.type + "\r\n";
    return text + "Content-Length: " + std::to_string(response.body.size()) + "\r\n\r\n" + response.body;
}

} // namespace lm::http
