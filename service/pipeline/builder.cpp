#include "service/pipeline/builder.hpp"

#include "service/pipeline/template.hpp"

#include <algorithm>
#include <cmath>

namespace lm::pipeline {
namespace {

void setMember(JsonObject* object, const std::string& name, const Value& value) {
    if (const auto* b = std::get_if<bool>(&value))
        json_object_set_boolean_member(object, name.c_str(), *b ? TRUE : FALSE);
    else if (const auto* i = std::get_if<std::int64_t>(&value))
        json_object_set_int_member(object, name.c_str(), *i);
    else if (const auto* d = std::get_if<double>(&value))
        json_object_set_double_member(object, name.c_str(), *d);
    else
        json_object_set_string_member(object, name.c_str(), std::get<std::string>(value).c_str());
}

json::Node objectNode(JsonObject* object) {
    auto node = json::Node::adopt(json_node_new(JSON_NODE_OBJECT));
    json_node_take_object(node.get(), object);
    return node;
}

json::Node toJson(const Values& values) {
    JsonObject* object = json_object_new();
    for (const auto& [name, value] : values)
        setMember(object, name, value);
    return objectNode(object);
}

bool enabled(const Binding& binding, const Values& values) {
    if (binding.when.empty()) return true;
    const auto found = values.find(binding.when);
    return found != values.end() && std::get<bool>(found->second);
}

std::optional<Error> setValues(GstElement* pipeline, const Description& description, const Values& values) {
    for (const auto& [name, value] : values) {
        const Parameter* parameter = description.parameter(name);
        for (const Target& target : parameter->targets) {
            const auto element = findRole(pipeline, target.element);
            if (!element)
                return Error{"element '" + target.element + "' does not exist", json::pointerStep(name)};
            if (auto error = setProperty(element.get(), target.property, value))
                return Error{error->message, json::pointerStep(name)};
        }
    }
    return std::nullopt;
}

std::optional<Error> setHandles(GstElement* pipeline, const Description& description,
                                const Handles& handles) {
    for (const auto& [name, object] : handles) {
        const auto known = std::find_if(description.handles.begin(), description.handles.end(),
                                        [&name = name](const Handle& h) { return h.name == name; });
        if (known == description.handles.end()) return Error{"unknown handle", json::pointerStep(name)};
        const auto element = findRole(pipeline, known->target.element);
        if (!element) return Error{"element '" + known->target.element + "' does not exist", known->pointer};
        if (auto error = setHandle(element.get(), known->target.property, object.get()))
            return Error{error->message, known->pointer};
    }
    return std::nullopt;
}

std::optional<Error> bind(GstElement* pipeline, const Description& description, const Values& values) {
    for (const Binding& binding : description.bindings) {
        if (!enabled(binding, values)) continue;
        const auto from = findRole(pipeline, binding.from.element);
        const auto to = findRole(pipeline, binding.to.element);
        // The binding lives as long as both elements; it acts on the thread that sets the source property.
        if (!from || !to ||
            !g_object_bind_property(from.get(), binding.from.property.c_str(), to.get(),
                                    binding.to.property.c_str(), G_BINDING_SYNC_CREATE))
            return Error{"the binding cannot be made", binding.pointer};
    }
    return std::nullopt;
}

} // namespace

Result<Values> complete(const Description& description, const Values& values) {
    Values all = values;
    for (const Parameter& parameter : description.parameters)
        if (parameter.defaultValue) all.try_emplace(parameter.name, *parameter.defaultValue);
    for (const auto& [name, value] : all) {
        if (!description.parameter(name)) return Error{"unknown parameter", json::pointerStep(name)};
        const auto* number = std::get_if<double>(&value);
        if (number && !std::isfinite(*number)) return Error{"not a finite number", json::pointerStep(name)};
    }
    if (auto error = description.values.check(toJson(all).get())) return *error;
    return all;
}

Result<Ref<GstElement>> build(const Description& description, const Values& values, const Handles& handles) {
    const auto all = complete(description, values);
    if (!all) return all.error();
    auto pipeline = parseTemplate(description);
    if (!pipeline) return pipeline.error();
    if (auto error = setValues(pipeline->get(), description, *all)) return *error;
    if (auto error = setHandles(pipeline->get(), description, handles)) return *error;
    if (auto error = bind(pipeline->get(), description, *all)) return *error;
    return pipeline;
}

json::Node resolved(const Description& description, const Values& values) {
    JsonObject* shown = json_object_new();
    json_object_set_string_member(shown, "name", description.name.c_str());
    json_object_set_string_member(shown, "title", description.title.c_str());
    JsonObject* parameters = json_object_new();
    for (const auto& [name, value] : values) {
        setMember(parameters, name, description.isSecret(name) ? Value(std::string("(set)")) : value);
    }
    json_object_set_object_member(shown, "parameters", parameters);
    return objectNode(shown);
}

} // namespace lm::pipeline
