#include "tests/plugins/imentivsink/sinkrig.hpp"
#include "tests/support/fakeservice.hpp"

#include "plugins/common/guarded.hpp"
#include "plugins/common/names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lm::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kSecret = "sk-very-secret-77";

/// Starts a sink with an endpoint and a key that do not work; returns the error's text, debug text included.
std::string startError(const char* endpoint, const char* apiKey = nullptr) {
    auto sink = makeSink(endpoint);
    if (apiKey) g_object_set(sink.get(), "api-key", apiKey, nullptr);
    const auto bus = Ref<GstBus>::adopt(gst_bus_new());
    gst_element_set_bus(sink.get(), bus.get());
    EXPECT_EQ(gst_element_set_state(sink.get(), GST_STATE_PLAYING), GST_STATE_CHANGE_FAILURE);
    std::string all;
    unsigned errors = 0;
    while (const auto message = Ref<GstMessage>::adopt(gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR))) {
        Owned<GError> error;
        Owned<char> debug;
        gst_message_parse_error(message.get(), OutPtr(error), OutPtr(debug));
        EXPECT_TRUE(g_error_matches(error.get(), GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS));
        all += std::string(error->message) + ' ' + (debug ? debug.get() : "");
        ++errors;
    }
    EXPECT_EQ(errors, 1U);
    gst_element_set_state(sink.get(), GST_STATE_NULL);
    gst_element_set_bus(sink.get(), nullptr);
    return all;
}

TEST(Settings, StartWithoutAnEndpointFailsWithOneError) {
    EXPECT_THAT(startError(""), HasSubstr("no endpoint"));
}

TEST(Settings, StartWithAWrongEndpointFailsWithOneErrorThatHidesIt) {
    for (const char* wrong :
         {"not a url hunter2", "ftp://u:hunter2@h/", "http://u:hunter2@:99999999/", "http:///hunter2"})
        EXPECT_THAT(startError(wrong), Not(HasSubstr("hunter2"))) << wrong;
}

TEST(Settings, StartWithAKeyThatNoHeaderCarriesFailsWithoutShowingIt) {
    const auto error = startError("http://127.0.0.1:1/", "hunter2\r\nX-Evil: 1");
    EXPECT_THAT(error, HasSubstr("api-key"));
    EXPECT_THAT(error, Not(HasSubstr("hunter2")));
}

TEST(Settings, DefaultsAreWhatTheDocumentationSays) {
    const auto sink = makeSink("");
    guint timeout = 0, attempts = 0, drain = 0, inFlight = 0;
    guint64 queue = 0;
    gboolean sync = TRUE, async = TRUE, lastSample = TRUE;
    g_object_get(sink.get(), "timeout-ms", &timeout, "max-attempts", &attempts, "drain-timeout-ms", &drain,
                 "max-in-flight", &inFlight, "max-queue-bytes", &queue, "sync", &sync, "async", &async,
                 "enable-last-sample", &lastSample, nullptr);
    EXPECT_EQ(timeout, 5000U);
    EXPECT_EQ(attempts, 3U);
    EXPECT_EQ(drain, 20'000U);
    EXPECT_EQ(inFlight, 32U);
    EXPECT_EQ(queue, 16U << 20);
    EXPECT_FALSE(sync || async || lastSample);
}

TEST(Settings, EndpointReadsBackWithoutItsSecrets) {
    const auto sink = makeSink("https://ann:pw@h/in?token=t");
    char* value = nullptr;
    g_object_get(sink.get(), "endpoint", &value, nullptr);
    const Owned<char> endpoint(value);
    EXPECT_STREQ(endpoint.get(), "https://***@h/in?token=***");
}

/// Everything GStreamer logs while it lives, at the level TRACE.
class LogCapture {
public:
    LogCapture() {
        gst_debug_set_active(TRUE);
        gst_debug_set_threshold_from_string("*:7", TRUE);
        gst_debug_remove_log_function(gst_debug_log_default);
        gst_debug_add_log_function(collect, this, nullptr);
    }
    ~LogCapture() {
        gst_debug_remove_log_function_by_data(this);
        gst_debug_set_threshold_from_string("*:1", TRUE);
        gst_debug_add_log_function(gst_debug_log_default, nullptr, nullptr);
    }
    std::string text() { return text_.copy(); }

private:
    static void collect(GstDebugCategory* category, GstDebugLevel level, const gchar*, const gchar*, gint,
                        GObject*, GstDebugMessage* message, gpointer self) {
        const std::string name = gst_debug_category_get_name(category);
        // Formatting may log again: not while the lock is held.
        const std::string line =
            name + ' ' + gst_debug_level_get_name(level) + ' ' + gst_debug_message_get(message);
        *static_cast<LogCapture*>(self)->text_.lock() += line + '\n';
    }
    Guarded<std::string> text_;
};

TEST(Settings, TheKeyShowsUpNowhereButInTheRequest) {
    LogCapture log;
    FakeService service(
        [](const ReceivedPost&, std::size_t index) { return Answer{index == 0 ? 503U : 401U}; });
    SinkRig rig("http://ann:hunter2@" + service.url().substr(7) + "?token=hunter2",
                [](GstElement* sink) { g_object_set(sink, "api-key", kSecret, nullptr); });
    rig.pushBlocks(2);
    ASSERT_EQ(rig.expect(names::imentivsink::msgFailed, 2).size(), 2U);
    EXPECT_EQ(service.received().at(0).header("authorization"), std::string("Bearer ") + kSecret);

    EXPECT_FALSE(g_object_class_find_property(G_OBJECT_GET_CLASS(rig.sink()), "api-key")->flags &
                 G_PARAM_READABLE);
    const auto bin = Ref<GstElement>::sink(gst_bin_new(nullptr));
    gst_bin_add(GST_BIN(bin.get()), rig.sink());
    const Owned<char> dot(gst_debug_bin_to_dot_data(GST_BIN(bin.get()), GST_DEBUG_GRAPH_SHOW_ALL));
    gst_bin_remove(GST_BIN(bin.get()), rig.sink());
    const std::string everything = log.text() + rig.everythingPosted() + dot.get();
    EXPECT_THAT(everything, HasSubstr("refused the API key"));
    EXPECT_THAT(everything, Not(HasSubstr(kSecret)));
    EXPECT_THAT(everything, Not(HasSubstr("hunter2")));
}

TEST(Settings, TheSessionBeginsEveryKey) {
    FakeService service([](const ReceivedPost&, std::size_t) { return Answer{200U}; });
    SinkRig rig(service.url(), [](GstElement* sink) {
        g_object_set(sink, "session", "B0AFE856-228d-4c1f-9b57-4f0a6a7f1d1e", nullptr);
    });
    rig.pushBlocks(2);
    const auto delivered = rig.expect(names::imentivsink::msgDelivered, 2);
    ASSERT_EQ(delivered.size(), 2U);
    EXPECT_STREQ(gst_structure_get_string(gst_message_get_structure(delivered[1].get()), "key"),
                 "b0afe856-228d-4c1f-9b57-4f0a6a7f1d1e-1");
}

TEST(Settings, ASessionThatIsNoUuidStopsTheStart) {
    auto sink = makeSink("http://127.0.0.1:1/");
    g_object_set(sink.get(), "session", "../../x", nullptr);
    EXPECT_EQ(gst_element_set_state(sink.get(), GST_STATE_PLAYING), GST_STATE_CHANGE_FAILURE);
    gst_element_set_state(sink.get(), GST_STATE_NULL);
}

TEST(Settings, ARunOfFailuresIsOneWarningAndItsEndOneLine) {
    LogCapture log;
    FakeService service(
        [](const ReceivedPost&, std::size_t index) { return Answer{index < 4 ? 400U : 200U}; });
    SinkRig rig(service.url(), [](GstElement* sink) { g_object_set(sink, "track-id", "TR\n9", nullptr); });
    rig.pushBlocks(6);
    ASSERT_EQ(rig.expect(names::imentivsink::msgDelivered, 2).size(), 2U);
    const auto text = log.text();
    const auto count = [&](const std::string& needle) {
        std::size_t n = 0;
        for (auto at = text.find(needle); at != std::string::npos; at = text.find(needle, at + 1))
            ++n;
        return n;
    };
    EXPECT_EQ(count("imentivsink WARN"), 1U);
    EXPECT_EQ(count("delivering again"), 1U);
    EXPECT_EQ(count("track 'TR%0A9', block 0 (samples 0 to 480)"), 1U);
}

} // namespace
} // namespace lm::test
