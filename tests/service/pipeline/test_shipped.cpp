#include "service/pipeline/builder.hpp"
#include "service/pipeline/catalogue.hpp"
#include "service/pipeline/trackvalues.hpp"

#include <gtest/gtest.h>

namespace {

using namespace lm;
using namespace lm::pipeline;

class Shipped : public testing::Test {
protected:
    void SetUp() override { request_.room = "room"; }
    config::Settings settings_;
    domain::EgressRequest request_;
};

TEST_F(Shipped, EveryDescriptionIsValid) {
    const auto catalogue = Catalogue::load("");
    ASSERT_TRUE(catalogue) << json::describe(catalogue.error());
    EXPECT_TRUE(catalogue->find("audio"));
    EXPECT_NE(catalogue->find("audio", "record-only"), catalogue->find("audio"));
}

class Ready : public Shipped, public testing::WithParamInterface<const char*> {};

TEST_P(Ready, TakesEveryDefaultSettingAndReachesReady) {
    const auto catalogue = Catalogue::load("");
    ASSERT_TRUE(catalogue);
    const bool delivers = *GetParam() == '\0';
    if (delivers) {
        settings_.imentiv.endpointUrl = "http://127.0.0.1:9/ingest?key=hunter1";
        settings_.imentiv.apiKey = "hunter2";
    }
    const Description& description = *catalogue->find("audio", GetParam());
    Values values = trackValues(settings_, request_, "/dev/null", "b0afe856-228d-4c1f-9b57-4f0a6a7f1d1e");
    const auto unused = keepKnown(description, values);
    EXPECT_EQ(unused, delivers ? std::vector<std::string>{} : std::vector<std::string>{"normalize"});
    const auto built = build(description, values, {});
    ASSERT_TRUE(built) << json::describe(built.error());
    EXPECT_EQ(gst_element_set_state(built->get(), GST_STATE_READY), GST_STATE_CHANGE_SUCCESS);
    EXPECT_EQ(gst_element_set_state(built->get(), GST_STATE_NULL), GST_STATE_CHANGE_SUCCESS);
    EXPECT_EQ(json::toText(resolved(description, values).get()).find("hunter"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Variants, Ready, testing::Values("", "record-only"));

} // namespace
