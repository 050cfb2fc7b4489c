#pragma once

#include "plugins/common/handles.hpp"
#include "plugins/common/result.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>

namespace lm::pipeline {

/// What a parameter can hold. Objects travel apart, as Handles.
using Value = std::variant<bool, std::int64_t, double, std::string>;
using Values = std::map<std::string, Value, std::less<>>;
using Handles = std::map<std::string, Ref<GObject>, std::less<>>;

enum class ValueType { Boolean, Integer, Number, String };

/// The property of an element that a parameter of `type` may set; an Error when there is none, it is
/// read-only, or it holds another type. Error::where stays empty: the caller knows the place.
Result<GParamSpec*> findProperty(GstElement* element, const std::string& property, ValueType type);

/// Sets `property` by its own type. Refuses what the property's range would clamp, and never names the value
/// in the error: it may be a secret.
std::optional<Error> setProperty(GstElement* element, const std::string& property, const Value& value);

/// Sets an object property; an Error when it is missing or holds another class.
std::optional<Error> setHandle(GstElement* element, const std::string& property, GObject* object);

} // namespace lm::pipeline
