#include "service/json/json.hpp"

#include "plugins/common/jsonoutline.hpp"

#include <cstdio>

namespace lm::json {
namespace {

std::string position(const std::string& name, std::string_view before) {
    std::size_t line = 1;
    std::size_t column = 1;
    for (const char c : before) {
        if (c == '\n') {
            ++line;
            column = 1;
        } else if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) {
            ++column;
        }
    }
    return name + ":" + std::to_string(line) + ":" + std::to_string(column);
}

/// json-glib says `<data>:LINE:COLUMN: Parse error: REASON`; the place belongs into Error::where.
Error fromParser(const std::string& name, const std::string& message) {
    unsigned line = 0;
    unsigned column = 0;
    int used = 0;
    if (std::sscanf(message.c_str(), "<data>:%u:%u: Parse error: %n", &line, &column, &used) == 2 && used > 0)
        return {message.substr(static_cast<std::size_t>(used)),
                name + ":" + std::to_string(line) + ":" + std::to_string(column)};
    return {message, name};
}

} // namespace

Result<Node> parse(std::string_view text, const std::string& name) {
    const char* bad = nullptr;
    if (!g_utf8_validate_len(text.data(), text.size(), &bad))
        return Error{"not UTF-8",
                     position(name, text.substr(0, static_cast<std::size_t>(bad - text.data())))};
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return Error{"empty", name + ":1:1"};
    if (const auto misfit = jsonMisfit(text, maxDepth))
        return Error{misfit->message, position(name, text.substr(0, misfit->at))};
    const auto parser = Ref<JsonParser>::adopt(json_parser_new_immutable());
    Owned<GError> error;
    if (!json_parser_load_from_data(parser.get(), text.data(), static_cast<gssize>(text.size()),
                                    OutPtr(error)))
        return fromParser(name, error ? error->message : "not JSON");
    JsonNode* root = json_parser_get_root(parser.get());
    if (!root) return Error{"empty", name + ":1:1"};
    return Node::share(root);
}

Result<Node> parseFile(const std::string& path) {
    Owned<char> text;
    gsize size = 0;
    Owned<GError> error;
    if (!g_file_get_contents(path.c_str(), OutPtr(text), &size, OutPtr(error)))
        return Error{error ? error->message : "cannot be read", path};
    return parse({text.get(), size}, path);
}

std::string toText(JsonNode* node) {
    const Owned<char> text(json_to_string(node, FALSE));
    return text.get();
}

std::string describe(const Error& error) {
    return error.where.empty() ? error.message : error.where + ": " + error.message;
}

JsonNode* member(JsonNode* object, const char* name) {
    if (!object || !JSON_NODE_HOLDS_OBJECT(object)) return nullptr;
    return json_object_get_member(json_node_get_object(object), name);
}

std::string stringMember(JsonNode* object, const char* name) {
    JsonNode* node = member(object, name);
    if (!node || json_node_get_value_type(node) != G_TYPE_STRING) return {};
    return json_node_get_string(node);
}

std::string pointerStep(std::string_view name) {
    std::string step = "/";
    for (const char c : name) {
        if (c == '~') {
            step += "~0";
        } else if (c == '/') {
            step += "~1";
        } else {
            step += c;
        }
    }
    return step;
}

} // namespace lm::json
