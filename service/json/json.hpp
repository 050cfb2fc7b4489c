#pragma once

/// Owning handles for json-glib and the only way text becomes JSON in the service.

#include "plugins/common/handles.hpp"
#include "plugins/common/result.hpp"

#include <json-glib/json-glib.h>

#include <string>
#include <string_view>

namespace lm {
LM_REF_TRAITS(JsonNode, json_node_ref, json_node_unref);
LM_REF_TRAITS(JsonObject, json_object_ref, json_object_unref);
LM_REF_TRAITS(JsonArray, json_array_ref, json_array_unref);
} // namespace lm

namespace lm::json {

/// A parsed value. Immutable (json-glib's sense), so handles to one document may live on different threads.
using Node = Ref<JsonNode>;

/// Brackets that may be open at once. json-glib parses recursively, so depth has to end before its stack
/// does.
inline constexpr int maxDepth = 64;

/// Strict about what json-glib lets pass: empty text, depth, bytes that are not UTF-8.
/// Error::where is `name:line:column`, both from 1; for a syntax error json-glib's place, the end of the
/// offending token.
Result<Node> parse(std::string_view text, const std::string& name);
/// The same for a file; `where` begins with `path`, and is only that when the file cannot be read.
Result<Node> parseFile(const std::string& path);

/// Compact text on one line.
std::string toText(JsonNode* node);

/// `where: message`, or the message alone when there is no place.
std::string describe(const Error& error);

/// Members of an object; nullptr when `object` is no object or has no such member. Borrowed.
JsonNode* member(JsonNode* object, const char* name);
/// The string at `name`, empty when absent or no string.
std::string stringMember(JsonNode* object, const char* name);

/// One step of a JSON pointer (RFC 6901), escaped and with its slash.
std::string pointerStep(std::string_view name);

} // namespace lm::json
