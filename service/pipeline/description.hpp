#pragma once

#include "service/json/schema.hpp"
#include "service/pipeline/values.hpp"

#include <string>
#include <vector>

namespace lm::pipeline {

/// A property of a named element of the template.
struct Target {
    std::string element;
    std::string property;
};

/// A typed parameter. `pointer` is its place in the file, for errors.
struct Parameter {
    std::string name;
    ValueType type = ValueType::String;
    std::vector<Target> targets; // empty: it only switches bindings
    std::optional<Value> defaultValue;
    std::vector<Value> extremes; // minimum, maximum and every choice: all must fit the properties
    bool secret = false;
    std::string pointer;
};

struct Handle {
    std::string name;
    Target target;
    std::string pointer;
};

struct Binding {
    Target from;
    Target to;
    std::string when; // a boolean parameter; empty: always
    std::string pointer;
};

/// One template and what belongs to it: a description file without its other variants. Immutable.
struct Description {
    std::string name; // file name without `.json`
    std::string file; // for errors
    std::string title;
    std::string launch;          // the constant launch text
    std::string templatePointer; // where it stands in the file
    std::vector<Parameter> parameters;
    std::vector<Handle> handles;
    std::vector<Binding> bindings;
    std::vector<std::string> expendable;
    std::vector<std::string> destination;
    json::Schema values; // of the parameters that exist here

    const Parameter* parameter(std::string_view wanted) const;
    /// True for a parameter marked `secret`, for one the description does not know, and for one that is named
    /// or aims at a property named like a key, a token, a password or an endpoint, marked or not.
    bool isSecret(std::string_view wanted) const;
    bool isExpendable(std::string_view role) const;
    bool isDestination(std::string_view role) const;
};

/// A file's descriptions: the base (variant name empty) first, then its variants.
struct NamedVariant {
    std::string variant;
    Description description;
};

/// Reads a document that matches `schemas/pipeline.schema.json`. Error::where is `file: pointer`.
Result<std::vector<NamedVariant>> readDescription(JsonNode* document, const std::string& name,
                                                  const std::string& file);

} // namespace lm::pipeline
