#define VALIJSON_USE_EXCEPTIONS 1

#include "service/json/schema.hpp"

#include "service/json/valijsonadapter.hpp"

#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include <exception>

namespace lm::json {

struct Schema::Compiled {
    Node document; // frozen values and references point into it
    valijson::Schema schema;
};

namespace {

/// valijson names a place as `<root>`, `[member]`, `[3]`; members come unescaped.
std::string pointer(const std::vector<std::string>& context) {
    std::string result;
    for (const std::string& step : context) {
        if (step.size() < 2 || step.front() != '[') continue;
        result += pointerStep(std::string_view(step).substr(1, step.size() - 2));
    }
    return result;
}

} // namespace

Result<Schema> Schema::compile(JsonNode* schema, const std::string& name) {
    auto compiled = std::make_shared<Compiled>();
    compiled->document = Node::share(schema);
    try {
        valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
        parser.populateSchema(adapter::GlibAdapter(schema), compiled->schema);
    } catch (const std::exception& e) {
        return Error{std::string("not a usable JSON Schema: ") + e.what(), name};
    }
    return Schema(std::move(compiled));
}

Result<Schema> Schema::compileText(std::string_view text, const std::string& name) {
    const auto node = parse(text, name);
    if (!node) return node.error();
    return compile(node->get(), name);
}

std::optional<Error> Schema::check(JsonNode* value) const {
    // Not shared: a validator caches compiled patterns as it goes.
    valijson::Validator validator;
    valijson::ValidationResults results;
    if (validator.validate(compiled_->schema, adapter::GlibAdapter(value), &results)) return std::nullopt;
    if (results.numErrors() == 0) return Error{"does not match the schema", ""};
    // Errors come innermost first; the outer ones only say that something below them failed. Of several inner
    // ones (members are checked in turn) the deepest place says most.
    auto best = results.begin();
    for (auto it = results.begin(); it != results.end(); ++it)
        if (it->context.size() > best->context.size()) best = it;
    return Error{best->description, pointer(best->context)};
}

} // namespace lm::json
