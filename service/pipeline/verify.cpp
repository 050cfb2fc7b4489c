#include "service/pipeline/builder.hpp"
#include "service/pipeline/template.hpp"

namespace lm::pipeline {
namespace {

/// Checks one description; the first thing that is wrong is kept.
class Verifier {
public:
    Verifier(const Description& description, GstElement* pipeline)
        : description_(description), pipeline_(pipeline) {}

    std::optional<Error> run() {
        for (const Parameter& parameter : description_.parameters)
            if (auto error = check(parameter)) return error;
        for (const Handle& handle : description_.handles)
            if (auto error = check(handle)) return error;
        for (const Binding& binding : description_.bindings)
            if (auto error = check(binding)) return error;
        if (auto error = checkRoles(description_.expendable, "/expendable")) return error;
        return checkRoles(description_.destination, "/destination");
    }

private:
    Error at(const std::string& pointer, const std::string& message) const {
        return {message, description_.file + ": " + pointer};
    }

    Error missing(const std::string& pointer, const std::string& role) const {
        return at(pointer, "the template has no element '" + role + "'");
    }

    std::optional<Error> check(const Parameter& parameter) const {
        for (const Target& target : parameter.targets) {
            const auto element = findRole(pipeline_, target.element);
            if (!element) return missing(parameter.pointer, target.element);
            const auto spec = findProperty(element.get(), target.property, parameter.type);
            if (!spec) return at(parameter.pointer, spec.error().message);
            if (parameter.defaultValue)
                if (auto error = setProperty(element.get(), target.property, *parameter.defaultValue))
                    return at(parameter.pointer + "/default", error->message);
            // A value the description lets through must not fail at the element later. Set on the throw-away
            // pipeline.
            for (const Value& extreme : parameter.extremes)
                if (auto error = setProperty(element.get(), target.property, extreme))
                    return at(parameter.pointer, "its range or choices: " + error->message);
        }
        if (parameter.targets.empty() && !isSwitch(parameter.name))
            return at(parameter.pointer, "sets no property and switches no binding");
        return std::nullopt;
    }

    bool isSwitch(const std::string& name) const {
        for (const Binding& binding : description_.bindings)
            if (binding.when == name) return true;
        return false;
    }

    std::optional<Error> check(const Handle& handle) const {
        const auto element = findRole(pipeline_, handle.target.element);
        if (!element) return missing(handle.pointer, handle.target.element);
        if (auto error = setHandle(element.get(), handle.target.property, nullptr))
            return at(handle.pointer, error->message);
        return std::nullopt;
    }

    std::optional<Error> check(const Binding& binding) const {
        const Parameter* when = description_.parameter(binding.when);
        if (!binding.when.empty() && (!when || when->type != ValueType::Boolean))
            return at(binding.pointer + "/when", "'" + binding.when + "' is not a boolean parameter");
        GParamSpec* from = nullptr;
        if (auto error = side(binding.from, binding.pointer + "/from", G_PARAM_READABLE, from)) return error;
        GParamSpec* to = nullptr;
        if (auto error = side(binding.to, binding.pointer + "/to", G_PARAM_WRITABLE, to)) return error;
        if (!g_value_type_transformable(from->value_type, to->value_type))
            return at(binding.pointer, std::string(g_type_name(from->value_type)) + " cannot become " +
                                           g_type_name(to->value_type));
        return std::nullopt;
    }

    std::optional<Error> side(const Target& target, const std::string& pointer, GParamFlags needed,
                              GParamSpec*& spec) const {
        const auto element = findRole(pipeline_, target.element);
        if (!element) return missing(pointer, target.element);
        spec = g_object_class_find_property(G_OBJECT_GET_CLASS(element.get()), target.property.c_str());
        if (!spec || !(spec->flags & needed))
            return at(pointer, "element '" + target.element + "' has no " +
                                   (needed == G_PARAM_READABLE ? "readable" : "writable") + " property '" +
                                   target.property + "'");
        return std::nullopt;
    }

    std::optional<Error> checkRoles(const std::vector<std::string>& roles, const std::string& pointer) const {
        for (const std::string& role : roles)
            if (!findRole(pipeline_, role)) return missing(pointer, role);
        return std::nullopt;
    }

    const Description& description_;
    GstElement* pipeline_;
};

} // namespace

std::optional<Error> verify(const Description& description) {
    const auto pipeline = parseTemplate(description);
    if (!pipeline) return pipeline.error();
    return Verifier(description, pipeline->get()).run();
}

} // namespace lm::pipeline
