#include "service/json/embedded.hpp"
#include "service/json/schema.hpp"

#include <gtest/gtest.h>

namespace {

using namespace lm;

constexpr char person[] = R"({
  "type": "object", "required": ["name"], "additionalProperties": false,
  "properties": {
    "name": {"type": "string", "minLength": 1, "pattern": "^[a-z]+$"},
    "age": {"type": "integer", "minimum": 0, "maximum": 150},
    "height": {"type": "number"},
    "kind": {"enum": ["a", 1, null, [true]]},
    "tags": {"type": "array", "items": {"$ref": "#/definitions/tag"}, "minItems": 1, "uniqueItems": true},
    "a/b": {"const": 5}
  },
  "definitions": {"tag": {"type": "string"}}
})";

std::optional<Error> check(const char* document) {
    const auto schema = json::Schema::compileText(person, "person");
    EXPECT_TRUE(schema);
    const auto node = json::parse(document, "document");
    EXPECT_TRUE(node);
    return schema->check(node->get());
}

class Accepted : public testing::TestWithParam<const char*> {};
TEST_P(Accepted, MatchesTheSchema) {
    EXPECT_FALSE(check(GetParam()));
}
INSTANTIATE_TEST_SUITE_P(Schema, Accepted,
                         testing::Values(R"({"name":"x"})", R"({"name":"x","age":150,"height":1.5})",
                                         R"({"name":"x","height":2})", R"({"name":"x","kind":[true]})",
                                         R"({"name":"x","kind":null})", R"({"name":"x","tags":["a","b"]})",
                                         R"({"name":"x","a/b":5})"));

struct Violation {
    const char* document;
    const char* pointer;
};
class Violations : public testing::TestWithParam<Violation> {};
TEST_P(Violations, AreFoundAtTheirPointer) {
    const auto error = check(GetParam().document);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->where, GetParam().pointer) << error->message;
    EXPECT_FALSE(error->message.empty());
}
INSTANTIATE_TEST_SUITE_P(Schema, Violations,
                         testing::Values(Violation{"{}", ""}, Violation{"[]", ""}, Violation{R"("text")", ""},
                                         Violation{R"({"name":3})", "/name"},
                                         Violation{R"({"name":"X"})", "/name"},
                                         Violation{R"({"name":"x","age":-1})", "/age"},
                                         Violation{R"({"name":"x","age":151})", "/age"},
                                         Violation{R"({"name":"x","age":1.5})", "/age"},
                                         Violation{R"({"name":"x","age":"1"})", "/age"},
                                         Violation{R"({"name":"x","age":true})", "/age"},
                                         Violation{R"({"name":"x","kind":"b"})", "/kind"},
                                         Violation{R"({"name":"x","tags":["a",7]})", "/tags/1"},
                                         Violation{R"({"name":"x","tags":[]})", "/tags"},
                                         Violation{R"({"name":"x","tags":["a","a"]})", "/tags"},
                                         Violation{R"({"name":"x","a/b":6})", "/a~1b"},
                                         Violation{R"({"name":"x","other":1})", ""}));

TEST(Schema, ASchemaThatIsNoneIsNamed) {
    const auto schema = json::Schema::compileText(R"({"type": "nonsense"})", "broken.json");
    ASSERT_FALSE(schema);
    EXPECT_EQ(schema.error().where, "broken.json");
}

TEST(Schema, EverySchemaOfTheProgramCompiles) {
    ASSERT_FALSE(json::embeddedSchemas().empty());
    for (const json::EmbeddedFile& file : json::embeddedSchemas()) {
        const auto schema = json::Schema::compileText(file.text, std::string(file.name));
        EXPECT_TRUE(schema) << json::describe(schema.error());
    }
    EXPECT_THROW(json::embeddedSchema("none"), std::logic_error);
}

} // namespace
