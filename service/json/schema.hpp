#pragma once

#include "service/json/json.hpp"

#include <memory>
#include <optional>
#include <string>

namespace lm::json {

/// A compiled JSON Schema (draft 7). Immutable: one schema may check on several threads at once.
class Schema {
public:
    /// `name` stands before the pointer in the error of a schema that is not one.
    static Result<Schema> compile(JsonNode* schema, const std::string& name);
    /// From text that is part of the program, such as an embedded schema.
    static Result<Schema> compileText(std::string_view text, const std::string& name);

    /// The most specific violation: Error::where is the JSON pointer of the offending value (empty: the whole
    /// document), the message says what is wrong with it.
    std::optional<Error> check(JsonNode* value) const;

private:
    struct Compiled;
    explicit Schema(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
    std::shared_ptr<const Compiled> compiled_;
};

} // namespace lm::json
