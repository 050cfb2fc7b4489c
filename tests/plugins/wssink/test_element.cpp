#include "plugins/common/handles.hpp"
#include "plugins/common/names.hpp"
#include "plugins/wssink/gstwssink.h"
#include "tests/support/rawpeer.hpp"
#include "tests/support/wsserver.hpp"

#include <gtest/gtest.h>

#include <future>

namespace {

using namespace lm;
namespace n = names::wssink;

class WsSink : public testing::Test {
protected:
    void SetUp() override {
        static const bool registered = GST_ELEMENT_REGISTER(wssink, nullptr);
        ASSERT_TRUE(registered);
    }
    void TearDown() override {
        if (pipeline_) gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
    }
    void launch(const std::string& source, const std::string& url) {
        Owned<GError> error;
        pipeline_ = Ref<GstElement>::sink(
            gst_parse_launch((source + " ! wssink name=sink sync=false").c_str(), OutPtr(error)));
        ASSERT_TRUE(pipeline_) << error->message;
        sink_ = Ref<GstElement>::adopt(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "sink"));
        g_object_set(sink_.get(), n::location, url.c_str(), nullptr);
    }
    /// Plays until the end, an error or a warning.
    GstMessageType play(std::string* text = nullptr) {
        gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
        const auto bus = Ref<GstBus>::adopt(gst_element_get_bus(pipeline_.get()));
        const auto message = Ref<GstMessage>::adopt(gst_bus_timed_pop_filtered(
            bus.get(), 60 * GST_SECOND,
            static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_WARNING)));
        if (!message) return GST_MESSAGE_UNKNOWN;
        if (text && GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_ERROR) {
            Owned<GError> error;
            gst_message_parse_error(message.get(), OutPtr(error), nullptr);
            *text = error->message;
        }
        return GST_MESSAGE_TYPE(message.get());
    }
    std::uint64_t stat(const char* name) {
        GstStructure* stats = nullptr;
        g_object_get(sink_.get(), n::stats, &stats, nullptr);
        const Owned<GstStructure> owned(stats);
        guint64 value = 0;
        gst_structure_get_uint64(stats, name, &value);
        return value;
    }
    Ref<GstElement> pipeline_, sink_;
};

constexpr char source[] = "fakesrc num-buffers=20 sizetype=fixed sizemax=960 filltype=pattern-span";

TEST_F(WsSink, SendsEveryBufferAsAMessageAndEndsWhenAllHasBeenRead) {
    test::WsServer server;
    launch(source, server.url("/egress-audio?roomName=r"));
    EXPECT_EQ(play(), GST_MESSAGE_EOS);
    const auto received = server.waitForClosed(1);
    ASSERT_EQ(received.size(), 1u);
    EXPECT_EQ(received[0].messages, 20u);
    EXPECT_EQ(received[0].audio.size(), 20u * 960);
    EXPECT_EQ(received[0].closeCode, 1000);
    EXPECT_EQ(stat("messages"), 20u);
    EXPECT_EQ(stat("bytes"), 20u * 960);
}

TEST_F(WsSink, CanBePlayedAgain) {
    test::WsServer server;
    launch(source, server.url());
    EXPECT_EQ(play(), GST_MESSAGE_EOS);
    gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
    EXPECT_EQ(play(), GST_MESSAGE_EOS);
    EXPECT_EQ(server.waitForClosed(2).size(), 2u);
    EXPECT_EQ(stat("messages"), 20u) << "of this run";
}

TEST_F(WsSink, SaysWhyItCannotSendButNotWithWhichToken) {
    test::RawPeer peer([](test::RawPeer::Socket& socket) {
        socket.readRequest();
        socket.write("HTTP/1.1 401 Unauthorized\r\n\r\n");
        socket.readToEnd();
    });
    launch(source, peer.url() + "?token=hunter2");
    std::string text;
    EXPECT_EQ(play(&text), GST_MESSAGE_ERROR);
    EXPECT_NE(text.find("401 Unauthorized"), std::string::npos) << text;
    EXPECT_EQ(text.find("hunter2"), std::string::npos) << text;
}

TEST_F(WsSink, RefusesAnAddressThatIsNone) {
    for (const char* url : {"", "http://127.0.0.1/?token=hunter2"}) {
        launch(source, url);
        std::string text;
        EXPECT_EQ(play(&text), GST_MESSAGE_ERROR) << url;
        EXPECT_NE(text.find("location"), std::string::npos) << text;
        EXPECT_EQ(text.find("hunter2"), std::string::npos) << text;
        gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
    }
}

TEST_F(WsSink, StopsAtOnceBesideAPeerThatDoesNotRead) {
    std::promise<void> upgraded;
    std::promise<void> stopped;
    test::RawPeer peer([&](test::RawPeer::Socket& socket) {
        socket.upgrade();
        upgraded.set_value();
        stopped.get_future().wait();
    });
    launch("fakesrc sizetype=fixed sizemax=1000000", peer.url());
    g_object_set(sink_.get(), n::timeout, 3600u, nullptr);
    gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
    ASSERT_NE(gst_element_get_state(pipeline_.get(), nullptr, nullptr, 60 * GST_SECOND),
              GST_STATE_CHANGE_FAILURE);
    upgraded.get_future().wait();
    EXPECT_EQ(gst_element_set_state(pipeline_.get(), GST_STATE_NULL), GST_STATE_CHANGE_SUCCESS);
    EXPECT_LT(stat("messages"), 100u) << "the stream was held back";
    stopped.set_value();
}

} // namespace
