#include "service/pipeline/values.hpp"

#include <cmath>

namespace lm::pipeline {
namespace {

struct Scoped {
    explicit Scoped(GType type) { g_value_init(&value, type); }
    ~Scoped() { g_value_unset(&value); }
    Scoped(const Scoped&) = delete;
    Scoped& operator=(const Scoped&) = delete;
    GValue value = G_VALUE_INIT;
};

std::string nameOf(GstElement* element, const std::string& property) {
    const Owned<char> role(gst_element_get_name(element));
    return "property '" + property + "' of element '" + role.get() + "'";
}

bool isInteger(GType type) {
    const GType f = G_TYPE_FUNDAMENTAL(type);
    return f == G_TYPE_INT || f == G_TYPE_UINT || f == G_TYPE_INT64 || f == G_TYPE_UINT64 ||
           f == G_TYPE_LONG || f == G_TYPE_ULONG;
}

bool isReal(GType type) {
    return type == G_TYPE_DOUBLE || type == G_TYPE_FLOAT;
}

bool accepts(GType property, ValueType type) {
    switch (type) {
    case ValueType::Boolean:
        return property == G_TYPE_BOOLEAN;
    case ValueType::Integer:
        return isInteger(property) || isReal(property);
    case ValueType::Number:
        return isReal(property);
    case ValueType::String:
        return property == G_TYPE_STRING || G_TYPE_IS_ENUM(property);
    }
    return false;
}

ValueType typeOf(const Value& value) {
    static constexpr ValueType types[] = {ValueType::Boolean, ValueType::Integer, ValueType::Number,
                                          ValueType::String};
    return types[value.index()];
}

bool storeInteger(GValue& out, std::int64_t value) {
    switch (G_TYPE_FUNDAMENTAL(G_VALUE_TYPE(&out))) {
    case G_TYPE_INT:
        g_value_set_int(&out, static_cast<gint>(value));
        return value == static_cast<gint>(value);
    case G_TYPE_UINT:
        g_value_set_uint(&out, static_cast<guint>(value));
        return value == static_cast<guint>(value);
    case G_TYPE_LONG:
        g_value_set_long(&out, static_cast<glong>(value));
        return true;
    case G_TYPE_ULONG:
        g_value_set_ulong(&out, static_cast<gulong>(value));
        return value >= 0;
    case G_TYPE_INT64:
        g_value_set_int64(&out, value);
        return true;
    case G_TYPE_UINT64:
        g_value_set_uint64(&out, static_cast<guint64>(value));
        return value >= 0;
    default:
        break;
    }
    return false;
}

bool storeReal(GValue& out, double value) {
    if (!std::isfinite(value)) return false;
    if (G_VALUE_TYPE(&out) == G_TYPE_FLOAT)
        g_value_set_float(&out, static_cast<gfloat>(value));
    else
        g_value_set_double(&out, value);
    return true;
}

bool storeText(GValue& out, const std::string& value) {
    if (G_VALUE_TYPE(&out) == G_TYPE_STRING) {
        g_value_set_string(&out, value.c_str());
        return value.find('\0') == std::string::npos;
    }
    auto* kind = static_cast<GEnumClass*>(g_type_class_ref(G_VALUE_TYPE(&out)));
    const GEnumValue* found = g_enum_get_value_by_nick(kind, value.c_str());
    if (found) g_value_set_enum(&out, found->value);
    g_type_class_unref(kind);
    return found != nullptr;
}

bool store(GValue& out, const Value& value) {
    if (const auto* b = std::get_if<bool>(&value)) {
        g_value_set_boolean(&out, *b ? TRUE : FALSE);
        return true;
    }
    if (const auto* text = std::get_if<std::string>(&value)) return storeText(out, *text);
    const auto* integer = std::get_if<std::int64_t>(&value);
    if (isReal(G_VALUE_TYPE(&out)))
        return storeReal(out, integer ? static_cast<double>(*integer) : std::get<double>(value));
    return integer && storeInteger(out, *integer);
}

Result<GParamSpec*> writable(GstElement* element, const std::string& property) {
    GParamSpec* spec = g_object_class_find_property(G_OBJECT_GET_CLASS(element), property.c_str());
    if (!spec) return Error{nameOf(element, property) + " does not exist"};
    if (!(spec->flags & G_PARAM_WRITABLE) || (spec->flags & G_PARAM_CONSTRUCT_ONLY))
        return Error{nameOf(element, property) + " cannot be set"};
    return spec;
}

} // namespace

Result<GParamSpec*> findProperty(GstElement* element, const std::string& property, ValueType type) {
    auto spec = writable(element, property);
    if (spec && !accepts((*spec)->value_type, type))
        return Error{nameOf(element, property) + " holds " + g_type_name((*spec)->value_type) +
                     ", another type than the parameter"};
    return spec;
}

std::optional<Error> setProperty(GstElement* element, const std::string& property, const Value& value) {
    const auto spec = findProperty(element, property, typeOf(value));
    if (!spec) return spec.error();
    Scoped typed((*spec)->value_type);
    // Strings are set as they are: a GParamSpecString would only substitute characters.
    const bool ranged = (*spec)->value_type != G_TYPE_STRING;
    if (!store(typed.value, value) || (ranged && g_param_value_validate(*spec, &typed.value)))
        return Error{"the value is outside of what " + nameOf(element, property) + " accepts"};
    g_object_set_property(G_OBJECT(element), property.c_str(), &typed.value);
    return std::nullopt;
}

std::optional<Error> setHandle(GstElement* element, const std::string& property, GObject* object) {
    const auto spec = writable(element, property);
    if (!spec) return spec.error();
    if (!G_IS_PARAM_SPEC_OBJECT(*spec)) return Error{nameOf(element, property) + " does not hold an object"};
    if (object && !g_type_is_a(G_OBJECT_TYPE(object), (*spec)->value_type))
        return Error{nameOf(element, property) + " holds another class of object"};
    g_object_set(element, property.c_str(), object, nullptr);
    return std::nullopt;
}

} // namespace lm::pipeline
