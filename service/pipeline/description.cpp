#include "service/pipeline/description.hpp"

#include <algorithm>
#include <stdexcept>

namespace lm::pipeline {
namespace {

using json::member;
using json::pointerStep;
using json::stringMember;

bool contains(const std::vector<std::string>& list, std::string_view wanted) {
    return std::find(list.begin(), list.end(), wanted) != list.end();
}

std::vector<std::string> strings(JsonNode* array) {
    std::vector<std::string> result;
    if (!array) return result;
    JsonArray* items = json_node_get_array(array);
    for (guint i = 0; i < json_array_get_length(items); ++i)
        result.emplace_back(json_array_get_string_element(items, i));
    return result;
}

bool soundsSecret(std::string_view name) {
    const Owned<char> lower(g_ascii_strdown(name.data(), static_cast<gssize>(name.size())));
    const std::string_view text(lower.get());
    for (const char* word : {"key", "token", "secret", "password", "credential", "authorization", "endpoint"})
        if (text.find(word) != text.npos) return true;
    return false;
}

template <typename Call> void forEachMember(JsonNode* object, Call call) {
    if (!object) return;
    JsonObjectIter iter;
    const char* name = nullptr;
    JsonNode* value = nullptr;
    json_object_iter_init_ordered(&iter, json_node_get_object(object));
    while (json_object_iter_next_ordered(&iter, &name, &value))
        call(std::string(name), value);
}

Target target(JsonNode* node) {
    return {stringMember(node, "element"), stringMember(node, "property")};
}

ValueType valueType(const std::string& name) {
    if (name == "boolean") return ValueType::Boolean;
    if (name == "integer") return ValueType::Integer;
    return name == "number" ? ValueType::Number : ValueType::String;
}

Value scalar(JsonNode* node, ValueType type) {
    if (type == ValueType::Boolean) return json_node_get_boolean(node) != FALSE;
    if (type == ValueType::Integer) return static_cast<std::int64_t>(json_node_get_int(node));
    if (type == ValueType::Number) return json_node_get_double(node);
    return std::string(json_node_get_string(node));
}

Parameter parameter(const std::string& name, JsonNode* node) {
    Parameter result;
    result.name = name;
    result.pointer = "/parameters/properties" + pointerStep(name);
    result.type = valueType(stringMember(node, "type"));
    if (JsonNode* value = member(node, "default")) result.defaultValue = scalar(value, result.type);
    if (JsonNode* secret = member(node, "secret")) result.secret = json_node_get_boolean(secret) != FALSE;
    if (member(node, "element")) result.targets.push_back(target(node));
    if (JsonNode* more = member(node, "targets")) {
        JsonArray* items = json_node_get_array(more);
        for (guint i = 0; i < json_array_get_length(items); ++i)
            result.targets.push_back(target(json_array_get_element(items, i)));
    }
    if (result.type == ValueType::Integer || result.type == ValueType::Number)
        for (const char* bound : {"minimum", "maximum"})
            if (JsonNode* value = member(node, bound)) result.extremes.push_back(scalar(value, result.type));
    for (const std::string& choice : strings(member(node, "enum")))
        result.extremes.emplace_back(choice);
    return result;
}

/// The parameters' own schema without what a variant leaves out.
Result<json::Schema> valuesSchema(JsonNode* parameters, const Description& description) {
    const auto object = Ref<JsonObject>::adopt(json_object_new());
    JsonObject* properties = json_object_new();
    forEachMember(member(parameters, "properties"), [&](const std::string& name, JsonNode* node) {
        if (description.parameter(name))
            json_object_set_member(properties, name.c_str(), json_node_copy(node));
    });
    JsonArray* required = json_array_new();
    for (const std::string& name : strings(member(parameters, "required")))
        if (description.parameter(name)) json_array_add_string_element(required, name.c_str());
    json_object_set_string_member(object.get(), "type", "object");
    json_object_set_object_member(object.get(), "properties", properties);
    json_object_set_array_member(object.get(), "required", required);
    json_object_set_boolean_member(object.get(), "additionalProperties", FALSE);
    const auto node = json::Node::adopt(json_node_new(JSON_NODE_OBJECT));
    json_node_set_object(node.get(), object.get());
    return json::Schema::compile(node.get(), description.file + ": /parameters");
}

std::string joined(JsonNode* lines) {
    std::string text;
    for (const std::string& line : strings(lines))
        text += line + "\n";
    return text;
}

/// A default of another type or outside its own range would fail at every track: refuse it with the file.
std::optional<Error> checkDefaults(JsonNode* document, const std::string& file) {
    std::optional<Error> wrong;
    forEachMember(
        member(member(document, "parameters"), "properties"), [&](const std::string& name, JsonNode* node) {
            JsonNode* value = member(node, "default");
            if (!value || wrong) return;
            const std::string where = file + ": /parameters/properties" + pointerStep(name) + "/default";
            const auto schema = json::Schema::compile(node, where);
            if (!schema)
                wrong = schema.error();
            else if (auto error = schema->check(value))
                wrong = Error{error->message, where};
        });
    return wrong;
}

void addParts(JsonNode* document, const std::vector<std::string>& without, Description& out) {
    const auto gone = [&](const Target& t) { return contains(without, t.element); };
    forEachMember(member(member(document, "parameters"), "properties"),
                  [&](const std::string& n, JsonNode* node) {
                      Parameter p = parameter(n, node);
                      const bool had = !p.targets.empty();
                      std::erase_if(p.targets, gone);
                      if (!had || !p.targets.empty()) out.parameters.push_back(std::move(p));
                  });
    forEachMember(member(document, "handles"), [&](const std::string& n, JsonNode* node) {
        if (!gone(target(node))) out.handles.push_back({n, target(node), "/handles" + pointerStep(n)});
    });
    std::vector<std::string> unused;
    if (JsonNode* bindings = member(document, "bindings")) {
        JsonArray* items = json_node_get_array(bindings);
        for (guint i = 0; i < json_array_get_length(items); ++i) {
            JsonNode* node = json_array_get_element(items, i);
            Binding b{target(member(node, "from")), target(member(node, "to")), stringMember(node, "when"),
                      "/bindings/" + std::to_string(i)};
            if (gone(b.from) || gone(b.to))
                unused.push_back(b.when);
            else
                out.bindings.push_back(std::move(b));
        }
    }
    // A switch goes with the last binding it switches.
    for (const Binding& b : out.bindings)
        std::erase(unused, b.when);
    std::erase_if(out.parameters,
                  [&](const Parameter& p) { return p.targets.empty() && contains(unused, p.name); });
    for (const std::string& role : strings(member(document, "expendable")))
        if (!contains(without, role)) out.expendable.push_back(role);
    for (const std::string& role : strings(member(document, "destination")))
        if (!contains(without, role)) out.destination.push_back(role);
}

} // namespace

const Parameter* Description::parameter(std::string_view wanted) const {
    const auto found = std::find_if(parameters.begin(), parameters.end(),
                                    [&](const Parameter& p) { return p.name == wanted; });
    return found == parameters.end() ? nullptr : &*found;
}

bool Description::isSecret(std::string_view wanted) const {
    const Parameter* known = parameter(wanted);
    return !known || known->secret || soundsSecret(wanted) ||
           std::any_of(known->targets.begin(), known->targets.end(),
                       [](const Target& t) { return soundsSecret(t.property); });
}

bool Description::isExpendable(std::string_view role) const {
    return contains(expendable, role);
}
bool Description::isDestination(std::string_view role) const {
    return contains(destination, role);
}

Result<std::vector<NamedVariant>> readDescription(JsonNode* document, const std::string& name,
                                                  const std::string& file) {
    if (auto wrong = checkDefaults(document, file)) return *wrong;
    std::vector<NamedVariant> result;
    std::optional<Error> failed;
    const auto add = [&](const std::string& variant, JsonNode* own, const std::string& pointer) {
        if (failed) return;
        auto placeholder = json::Schema::compileText("true", file);
        if (!placeholder) throw std::logic_error("the schema 'true' must compile");
        Description d{name,
                      file,
                      stringMember(own, "title"),
                      joined(member(own, "template")),
                      pointer + "/template",
                      {},
                      {},
                      {},
                      {},
                      {},
                      *placeholder};
        addParts(document, strings(member(own, "without")), d);
        auto schema = valuesSchema(member(document, "parameters"), d);
        if (!schema) {
            failed = schema.error();
            return;
        }
        d.values = std::move(*schema);
        result.push_back({variant, std::move(d)});
    };
    add("", document, "");
    forEachMember(member(document, "variants"), [&](const std::string& variant, JsonNode* own) {
        add(variant, own, "/variants" + pointerStep(variant));
    });
    if (failed) return *failed;
    return result;
}

} // namespace lm::pipeline
