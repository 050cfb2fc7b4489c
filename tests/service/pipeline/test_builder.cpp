#include "service/pipeline/builder.hpp"
#include "service/pipeline/dot.hpp"
#include "service/pipeline/template.hpp"
#include "tests/service/pipeline/descriptions.hpp"

#include <filesystem>
#include <iterator>

namespace {

using namespace lm;
using namespace lm::pipeline;
using namespace lm::test;

class Builder : public testing::Test {
protected:
    Catalogue catalogue_ = catalogueOf(stockDescription);
    const Description& description_ = *catalogue_.find("audio");
    Values values_{{"buffers", std::int64_t{7}}};
};

TEST_F(Builder, SetsValuesAndDefaultsOnTheNamedElements) {
    const auto built = build(description_, values_, {});
    ASSERT_TRUE(built) << built.error().message;
    gint buffers = 0;
    gint fill = 0;
    g_object_get(findRole(built->get(), "source").get(), "num-buffers", &buffers, "filltype", &fill, nullptr);
    EXPECT_EQ(buffers, 7);
    EXPECT_EQ(fill, 2); // zero
}

TEST_F(Builder, RefusesWhatTheDescriptionDoesNotAllow) {
    const auto where = [&](const char* name, Value value) {
        Values values = values_;
        values[name] = std::move(value);
        const auto built = build(description_, values, {});
        return built ? std::string("built") : built.error().where;
    };
    EXPECT_EQ(where("buffers", std::int64_t{1001}), "/buffers");
    EXPECT_EQ(where("buffers", 1.5), "/buffers");
    EXPECT_EQ(where("buffers", std::string("7")), "/buffers");
    EXPECT_EQ(where("fill", std::string("random")), "/fill");
    EXPECT_EQ(where("unknown", true), "/unknown");
    EXPECT_EQ(where("buffers", std::int64_t{1000}), "built");
}

TEST_F(Builder, ARequiredValueMustBeGiven) {
    const auto built = build(description_, {}, {});
    ASSERT_FALSE(built);
    EXPECT_NE(built.error().message.find("buffers"), std::string::npos) << built.error().message;
}

TEST_F(Builder, AnUnknownHandleIsRefused) {
    Handles handles;
    handles.emplace("connection", Ref<GObject>());
    EXPECT_FALSE(build(description_, values_, handles));
}

TEST_F(Builder, BindsOnlyWhenSwitchedOn) {
    const auto volumeAfterChange = [&](bool bind) {
        values_["bind"] = bind;
        const auto built = build(description_, values_, {});
        EXPECT_TRUE(built);
        g_object_set(findRole(built->get(), "middle").get(), "drop-probability", 0.75F, nullptr);
        gdouble volume = 0;
        g_object_get(findRole(built->get(), "normalizer").get(), "volume", &volume, nullptr);
        return volume;
    };
    EXPECT_EQ(volumeAfterChange(true), 0.75);
    EXPECT_EQ(volumeAfterChange(false), 1.0);
}

TEST_F(Builder, TextFromARequestIsNeverLaunchText) {
    const auto catalogue = catalogueOf(R"({
      "title": "t", "template": ["fakesrc name=source ! filesink name=recording"],
      "parameters": {"type": "object", "additionalProperties": false, "properties": {
        "location": {"type": "string", "element": "recording", "property": "location"}}}})");
    const std::string hostile = "a\" ! filesink location=/etc/x name=evil \\ \n ! fakesink";
    const auto built = build(*catalogue.find("audio"), {{"location", hostile}}, {});
    ASSERT_TRUE(built);
    Owned<char> location;
    g_object_get(findRole(built->get(), "recording").get(), "location", static_cast<char**>(OutPtr(location)),
                 nullptr);
    EXPECT_EQ(location.get(), hostile);
    EXPECT_EQ(GST_BIN_NUMCHILDREN(built->get()), 2);
    EXPECT_FALSE(findRole(built->get(), "evil"));
}

TEST_F(Builder, ShowsWhatRunsWithoutSecrets) {
    values_["key"] = std::string("hunter2");
    values_["unknown"] = std::string("hunter3");
    const std::string shown = json::toText(resolved(description_, values_).get());
    EXPECT_EQ(shown.find("hunter"), std::string::npos) << shown;
    EXPECT_NE(shown.find(R"x("key":"(set)")x"), std::string::npos) << shown;
    EXPECT_NE(shown.find(R"("buffers":7)"), std::string::npos) << shown;
    EXPECT_NE(shown.find("Stock elements"), std::string::npos) << shown;
}

TEST_F(Builder, AParameterNamedLikeASecretIsOne) {
    const auto catalogue = catalogueOf(plainParameters(R"("auth": {"type": "string", "element": "source",
      "property": "name"}, "apiToken": {"type": "string", "element": "source", "property": "name"})"));
    const Description& description = *catalogue.find("audio");
    EXPECT_FALSE(description.isSecret("auth"));
    EXPECT_TRUE(description.isSecret("apiToken"));
    EXPECT_TRUE(description.isSecret("unknown"));
}

TEST_F(Builder, ADrawingShowsValuesWithoutSecrets) {
    values_["key"] = std::string("hunter2");
    values_["label"] = std::string("a\"b\\\n}");
    auto built = build(description_, values_, {});
    ASSERT_TRUE(built);
    const std::string dot = dotText(built->get(), description_, values_);
    EXPECT_EQ(dot.find("hunter"), std::string::npos) << dot;
    EXPECT_NE(dot.find("key = (set)\\l"), std::string::npos) << dot;
    EXPECT_NE(dot.find("buffers = 7\\l"), std::string::npos) << dot;
    EXPECT_NE(dot.find(R"(label = a\"b\\ }\l)"), std::string::npos) << dot;
}

TEST_F(Builder, AVariantLeavesOutWhatItHasNotGot) {
    const Description* variant = catalogue_.find("audio", "short");
    ASSERT_NE(variant, &description_);
    EXPECT_FALSE(variant->parameter("bind"));
    EXPECT_TRUE(variant->parameter("buffers"));
    EXPECT_TRUE(variant->bindings.empty());
    EXPECT_TRUE(build(*variant, values_, {}));
    EXPECT_EQ(catalogue_.find("audio", "no such variant"), &description_);
}

TEST_F(Builder, APipelineHoldsNoDescriptors) {
    const auto descriptors = [] {
        const std::filesystem::directory_iterator open("/proc/self/fd");
        return std::distance(begin(open), end(open));
    };
    std::vector<Ref<GstElement>> pipelines;
    const auto before = descriptors();
    for (int i = 0; i < 10; ++i) {
        auto built = build(description_, values_, {});
        ASSERT_TRUE(built);
        pipelines.push_back(std::move(*built));
    }
    EXPECT_EQ(descriptors(), before);
}

} // namespace
