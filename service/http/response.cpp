#include "service/http/response.hpp"

#include "service/json/object.hpp"

#include <libsoup/soup.h>

namespace lm::http {

Response object(unsigned status, std::initializer_list<std::pair<const char*, std::string>> members) {
    json::Object object;
    for (const auto& [name, value] : members)
        object.text(name, value);
    return {status, object.str()};
}

Response problem(unsigned status, const std::string& code, const std::string& message,
                 const std::string& parameter) {
    json::Object inner;
    inner.text("code", code);
    if (!parameter.empty()) inner.text("parameter", parameter);
    inner.text("message", message);
    Response response{status, json::Object().node("error", inner.node()).str()};
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
