#include "service/rest/userfields.hpp"

#include "plugins/common/handles.hpp"
#include "service/domain/utf8.hpp"
#include "service/json/json.hpp"

#include <gio/gio.h>

#include <algorithm>
#include <string_view>

namespace lm::rest {
namespace {

constexpr std::size_t mostEmailBytes = 254, mostLocalBytes = 64; // RFC 5321, 4.5.3.1
constexpr std::size_t mostNameCharacters = 200;

std::string trimmed(const std::string& text) {
    constexpr char space[] = " \t\r\n";
    const std::size_t first = text.find_first_not_of(space);
    if (first == std::string::npos) return {};
    return text.substr(first, text.find_last_not_of(space) - first + 1);
}

/// Characters, or nothing when some cannot be seen.
std::optional<std::size_t> visibleCharacters(std::string_view text) {
    std::size_t count = 0;
    while (!text.empty()) {
        const auto point = domain::readCodePoint(text);
        if (!point.valid || domain::isUnprintable(point.value)) return std::nullopt;
        text.remove_prefix(point.bytes);
        ++count;
    }
    return count;
}

/// A domain of labels with a dot between them; others than ASCII letters are for the mail server to judge.
bool isDomain(std::string_view text) {
    if (text.empty() || text.size() > 253 || text.find('.') == std::string_view::npos) return false;
    while (true) {
        const std::size_t dot = text.find('.');
        const std::string_view label = text.substr(0, dot);
        const bool good = !label.empty() && label.size() <= 63 && label.front() != '-' &&
                          label.back() != '-' && std::all_of(label.begin(), label.end(), [](char c) {
                              return g_ascii_isalnum(c) || c == '-' || (static_cast<unsigned char>(c) & 0x80);
                          });
        if (!good) return false;
        if (dot == std::string_view::npos) return true;
        text.remove_prefix(dot + 1);
    }
}

bool isLocalPart(std::string_view text) {
    return !text.empty() && text.size() <= mostLocalBytes && text.front() != '.' && text.back() != '.' &&
           text.find("..") == std::string_view::npos &&
           text.find_first_of(" \t\",:;<>()[]\\") == std::string_view::npos;
}

Result<std::string> textField(JsonNode* object, const char* name) {
    JsonNode* value = json::member(object, name);
    if (!JSON_NODE_HOLDS_VALUE(value) || json_node_get_value_type(value) != G_TYPE_STRING)
        return Error{std::string(name) + " must be a text.", name};
    return std::string(json_node_get_string(value));
}

std::optional<Error> unknownField(JsonNode* object) {
    JsonObjectIter iter;
    const char* name = nullptr;
    json_object_iter_init(&iter, json_node_get_object(object));
    while (json_object_iter_next(&iter, &name, nullptr)) {
        const std::string_view field = name;
        if (field == "email" || field == "name") continue;
        const bool ours = field == "id" || field == "createdAt" || field == "updatedAt";
        return Error{ours ? std::string(field) + " cannot be set."
                          : "There is no such field; there are: email, name.",
                     std::string(field.substr(0, 100))};
    }
    return std::nullopt;
}

/// Reads one field into `target` when it is there.
std::optional<Error> readField(JsonNode* object, const char* name,
                               Result<std::string> (*normal)(const std::string&),
                               std::optional<std::string>& target) {
    if (!json::member(object, name)) return std::nullopt;
    const auto text = textField(object, name);
    if (!text) return text.error();
    auto value = normal(*text);
    if (!value) return value.error();
    target = std::move(*value);
    return std::nullopt;
}

} // namespace

Result<std::string> normalEmail(const std::string& text) {
    const Error wrong{"email must be an address such as ann@example.org.", "email"};
    if (text.size() > 4 * mostEmailBytes || !domain::isUtf8(text)) return wrong;
    const Owned<char> composed(g_utf8_normalize(trimmed(text).c_str(), -1, G_NORMALIZE_NFC));
    if (!composed) return wrong;
    const Owned<char> lower(g_utf8_strdown(composed.get(), -1));
    const std::string email = lower.get();
    const std::size_t at = email.rfind('@');
    if (email.size() > mostEmailBytes || at == std::string::npos || email.find('@') != at) return wrong;
    if (!visibleCharacters(email) || !isLocalPart(email.substr(0, at)) || !isDomain(email.substr(at + 1)))
        return wrong;
    return email;
}

Result<std::string> normalName(const std::string& text) {
    std::string name = trimmed(text);
    const auto characters = visibleCharacters(name);
    if (!characters || *characters > mostNameCharacters)
        return Error{"name must have " + std::to_string(mostNameCharacters) +
                         " visible characters at the most.",
                     "name"};
    return name;
}

Result<store::UserChange> readUserFields(const std::string& body) {
    const auto parsed = json::parse(body, "body");
    if (!parsed) return Error{"The body is no JSON: " + json::describe(parsed.error()) + "."};
    JsonNode* object = parsed->get();
    if (!JSON_NODE_HOLDS_OBJECT(object)) return Error{"The body must be a JSON object."};
    if (auto error = unknownField(object)) return *error;
    store::UserChange fields;
    if (auto error = readField(object, "email", normalEmail, fields.email)) return *error;
    if (auto error = readField(object, "name", normalName, fields.name)) return *error;
    return fields;
}

} // namespace lm::rest
