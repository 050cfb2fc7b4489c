#include "tests/service/pipeline/descriptions.hpp"
#include "tests/support/temporarydirectory.hpp"

#include <filesystem>
#include <fstream>

namespace {

using namespace lm;
using namespace lm::pipeline;
using namespace lm::test;

std::string withParameter(const std::string& parameter) {
    return R"({"title": "t", "template": ["fakesrc name=source ! fakesink name=sink"],
      "parameters": {"type": "object", "additionalProperties": false, "properties": {"p": )" +
           parameter + "}}}";
}

struct Broken {
    std::string text;
    const char* where;
    const char* reason;
};

class BrokenDescription : public testing::TestWithParam<Broken> {};

TEST_P(BrokenDescription, IsRefusedWithFilePositionAndReason) {
    Catalogue catalogue;
    const auto error = catalogue.add(GetParam().text, "x", "x.json");
    ASSERT_TRUE(error);
    EXPECT_EQ(error->where, GetParam().where) << error->message;
    EXPECT_NE(error->message.find(GetParam().reason), std::string::npos) << error->message;
    EXPECT_FALSE(catalogue.find("x"));
}

INSTANTIATE_TEST_SUITE_P(Syntax, BrokenDescription,
                         testing::Values(Broken{"{\"title\":\n  oops}", "x.json:2:6",
                                                "unexpected identifier"},
                                         Broken{"", "x.json:1:1", "empty"}));

INSTANTIATE_TEST_SUITE_P(
    Format, BrokenDescription,
    testing::Values(
        Broken{R"({"title": "t"})", "x.json: /", "required property"},
        Broken{
            R"({"title": 1, "template": ["a"], "parameters": {"type": "object", "properties": {}, "additionalProperties": false}})",
            "x.json: /title", "type"},
        Broken{plainDescription("fakesrc ! fakesink", R"(, "extra": 1)"), "x.json: /", "extra"},
        Broken{withParameter(R"({"type": "array"})"), "x.json: /parameters/properties/p/type", "enum"},
        Broken{withParameter(
                   R"({"type": "integer", "default": "7", "element": "source", "property": "num-buffers"})"),
               "x.json: /parameters/properties/p/default", "type"},
        Broken{
            withParameter(
                R"({"type": "integer", "minimum": 5, "default": 3, "element": "source", "property": "num-buffers"})"),
            "x.json: /parameters/properties/p/default", "greater"}));

INSTANTIATE_TEST_SUITE_P(
    Template, BrokenDescription,
    testing::Values(
        Broken{plainDescription("nosuchelement ! fakesink"), "x.json: /template", "nosuchelement"},
        Broken{plainDescription("fakesrc ! ! fakesink"), "x.json: /template", "syntax error"},
        Broken{plainDescription("fakesrc nosuch=1 ! fakesink"), "x.json: /template", "nosuch"},
        Broken{plainDescription("fakesink ! fakesrc"), "x.json: /template", "link"},
        Broken{plainDescription("fakesrc"), "x.json: /template", "two elements"},
        Broken{plainDescription(
                   "fakesrc ! fakesink",
                   R"(, "variants": {"v": {"title": "v", "template": ["nosuchelement ! fakesink"]}})"),
               "x.json: /variants/v/template", "nosuchelement"}));

INSTANTIATE_TEST_SUITE_P(
    Targets, BrokenDescription,
    testing::Values(
        Broken{withParameter(R"({"type": "integer", "element": "ghost", "property": "num-buffers"})"),
               "x.json: /parameters/properties/p", "ghost"},
        Broken{withParameter(R"({"type": "integer", "element": "source", "property": "ghost"})"),
               "x.json: /parameters/properties/p", "'ghost' of element 'source' does not exist"},
        Broken{withParameter(R"({"type": "string", "element": "source", "property": "num-buffers"})"),
               "x.json: /parameters/properties/p", "another type"},
        Broken{withParameter(R"({"type": "string", "element": "source", "property": "last-message"})"),
               "x.json: /parameters/properties/p", "cannot be set"},
        Broken{
            withParameter(
                R"({"type": "integer", "maximum": 99999999999, "element": "source", "property": "num-buffers"})"),
            "x.json: /parameters/properties/p", "range"},
        Broken{
            withParameter(
                R"({"type": "string", "enum": ["zero", "ghost"], "element": "source", "property": "filltype"})"),
            "x.json: /parameters/properties/p", "choices"},
        Broken{withParameter(R"({"type": "boolean"})"), "x.json: /parameters/properties/p",
               "sets no property"},
        Broken{plainDescription("fakesrc ! fakesink",
                                R"(, "handles": {"c": {"element": "ghost", "property": "x"}})"),
               "x.json: /handles/c", "ghost"},
        Broken{plainDescription("fakesrc name=source ! fakesink",
                                R"(, "handles": {"c": {"element": "source", "property": "num-buffers"}})"),
               "x.json: /handles/c", "object"},
        Broken{plainDescription("fakesrc ! fakesink", R"(, "expendable": ["ghost"])"), "x.json: /expendable",
               "ghost"}));

std::string binding(const std::string& from, const std::string& to, const std::string& when = "") {
    return plainDescription("fakesrc name=a ! identity name=b ! fakesink",
                            R"(, "bindings": [{"from": )" + from + R"(, "to": )" + to +
                                (when.empty() ? "" : R"(, "when": ")" + when + '"') + "}]");
}
const std::string buffers = R"({"element": "a", "property": "num-buffers"})";
const std::string message = R"({"element": "a", "property": "last-message"})";

INSTANTIATE_TEST_SUITE_P(Bindings, BrokenDescription,
                         testing::Values(Broken{binding(buffers, R"({"element": "ghost", "property": "x"})"),
                                                "x.json: /bindings/0/to", "ghost"},
                                         Broken{binding(R"({"element": "b", "property": "ghost"})", buffers),
                                                "x.json: /bindings/0/from", "ghost"},
                                         Broken{binding(buffers, message), "x.json: /bindings/0/to",
                                                "writable"},
                                         Broken{binding(R"({"element": "b", "property": "stats"})", buffers),
                                                "x.json: /bindings/0", "cannot become"},
                                         Broken{binding(buffers, buffers, "ghost"),
                                                "x.json: /bindings/0/when", "boolean parameter"}));

class OverrideDir : public testing::Test {
protected:
    void write(const std::string& name, const std::string& text) { std::ofstream(dir_ / name) << text; }
    const lm::test::TemporaryDirectory directory_;
    const std::filesystem::path dir_ = directory_.path();
};

TEST_F(OverrideDir, AFileReplacesTheShippedOneAndOthersAreAdded) {
    write("audio.json", plainDescription("fakesrc name=mine ! fakesink"));
    write("more.json", plainDescription("fakesrc ! fakesink"));
    write("notes.txt", "not a description");
    const auto catalogue = Catalogue::load(dir_);
    ASSERT_TRUE(catalogue) << json::describe(catalogue.error());
    ASSERT_TRUE(catalogue->find("audio"));
    EXPECT_NE(catalogue->find("audio")->launch.find("mine"), std::string::npos);
    EXPECT_TRUE(catalogue->find("more"));
    EXPECT_FALSE(catalogue->find("notes"));
}

TEST_F(OverrideDir, ABrokenFileStopsTheLoadAndIsNamed) {
    write("audio.json", "{\"title\":\n oops}");
    const auto catalogue = Catalogue::load(dir_);
    ASSERT_FALSE(catalogue);
    EXPECT_EQ(catalogue.error().where, (dir_ / "audio.json").string() + ":2:5");
}

TEST_F(OverrideDir, AMissingDirectoryIsNamed) {
    const auto catalogue = Catalogue::load(dir_ / "none");
    ASSERT_FALSE(catalogue);
    EXPECT_EQ(catalogue.error().where, dir_ / "none");
    EXPECT_NE(catalogue.error().message.find("PIPELINES_DIR"), std::string::npos);
}

} // namespace
