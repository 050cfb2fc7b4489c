#include "service/pipeline/values.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace {

using namespace lm;
using namespace lm::pipeline;

Ref<GstElement> make(const char* factory) {
    return Ref<GstElement>::sink(gst_element_factory_make(factory, "it"));
}

template <typename T> T get(const Ref<GstElement>& element, const char* property) {
    T value{};
    g_object_get(element.get(), property, &value, nullptr);
    return value;
}

TEST(Values, EveryTypeReachesItsProperty) {
    const auto element = make("identity");
    EXPECT_FALSE(setProperty(element.get(), "silent", false));
    EXPECT_FALSE(setProperty(element.get(), "datarate", std::int64_t{42}));
    EXPECT_FALSE(setProperty(element.get(), "drop-probability", 0.5));
    EXPECT_FALSE(setProperty(element.get(), "drop-probability", std::int64_t{1}));
    EXPECT_FALSE(get<gboolean>(element, "silent"));
    EXPECT_EQ(get<gint>(element, "datarate"), 42);
    EXPECT_EQ(get<gfloat>(element, "drop-probability"), 1.0F);
    const auto sink = make("filesink");
    EXPECT_FALSE(setProperty(sink.get(), "buffer-mode", std::string("full")));
    EXPECT_FALSE(setProperty(sink.get(), "location", std::string("/tmp/ü ! x\n")));
    const Owned<char> location(get<char*>(sink, "location"));
    EXPECT_STREQ(location.get(), "/tmp/ü ! x\n");
    EXPECT_FALSE(setProperty(sink.get(), "max-bitrate", std::numeric_limits<std::int64_t>::max()));
}

struct Wrong {
    const char* property;
    Value value;
    const char* reason;
};
class Refused : public testing::TestWithParam<Wrong> {};

TEST_P(Refused, WithAReasonThatNamesPropertyButNotValue) {
    const auto element = make("filesink");
    const auto error = setProperty(element.get(), GetParam().property, GetParam().value);
    ASSERT_TRUE(error);
    EXPECT_NE(error->message.find(GetParam().reason), std::string::npos) << error->message;
    EXPECT_NE(error->message.find(GetParam().property), std::string::npos) << error->message;
    EXPECT_EQ(error->message.find("secret"), std::string::npos) << error->message;
}

INSTANTIATE_TEST_SUITE_P(Values, Refused,
                         testing::Values(Wrong{"nothing", true, "does not exist"},
                                         Wrong{"stats", std::string("secret"), "cannot be set"},
                                         Wrong{"location", std::int64_t{1}, "another type"},
                                         Wrong{"append", std::string("secret"), "another type"},
                                         Wrong{"blocksize", 1.5, "another type"},
                                         Wrong{"blocksize", std::int64_t{-1}, "outside"},
                                         Wrong{"blocksize", std::int64_t{1} << 32, "outside"},
                                         Wrong{"max-bitrate", std::int64_t{-1}, "outside"},
                                         Wrong{"max-transient-error-timeout", std::int64_t{-1}, "outside"},
                                         Wrong{"buffer-mode", std::string("secret"), "outside"},
                                         Wrong{"location", std::string("secret\0x", 8), "outside"}));

TEST(Values, NumbersThatAreNoneAreRefused) {
    const auto element = make("identity");
    EXPECT_TRUE(setProperty(element.get(), "drop-probability", std::numeric_limits<double>::quiet_NaN()));
    EXPECT_TRUE(setProperty(element.get(), "drop-probability", 1.1));
}

TEST(Values, AHandleMustBeOfThePropertysClass) {
    const auto sink = make("giostreamsink");
    const auto stream = Ref<GOutputStream>::adopt(g_memory_output_stream_new_resizable());
    EXPECT_FALSE(setHandle(sink.get(), "stream", G_OBJECT(stream.get())));
    EXPECT_TRUE(setHandle(sink.get(), "stream", G_OBJECT(sink.get())));
    EXPECT_TRUE(setHandle(sink.get(), "sync", G_OBJECT(stream.get())));
    EXPECT_TRUE(setHandle(sink.get(), "nothing", G_OBJECT(stream.get())));
}

} // namespace
