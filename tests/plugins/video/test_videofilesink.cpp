#include "plugins/common/handles.hpp"
#include "plugins/common/names.hpp"
#include "plugins/videofilesink/gstvideofilesink.h"
#include "tests/plugins/video/samples.hpp"
#include "tests/support/temporarydirectory.hpp"

#include <gst/check/gstharness.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace {

using namespace lm;
using namespace lm::test;
namespace n = names::videofilesink;

class VideoFileSink : public testing::Test {
protected:
    void SetUp() override {
        static const bool registered = GST_ELEMENT_REGISTER(videofilesink, nullptr);
        ASSERT_TRUE(registered);
        sink_ = Ref<GstElement>::sink(gst_element_factory_make(n::factory, nullptr));
        record("x.h264");
        harness_ = gst_harness_new_with_element(sink_.get(), "sink", nullptr);
        gst_harness_set_src_caps_str(harness_, "video/x-h264,stream-format=byte-stream,alignment=au");
    }
    void TearDown() override {
        gst_harness_teardown(harness_);
        gst_element_set_state(sink_.get(), GST_STATE_NULL);
    }
    void record(const std::string& name) {
        g_object_set(sink_.get(), n::location, (root_ / name).c_str(), nullptr);
    }
    void push(const Bytes& frame) {
        GstBuffer* buffer = gst_buffer_new_memdup(frame.data(), frame.size());
        GST_BUFFER_PTS(buffer) = 0;
        ASSERT_EQ(gst_harness_push(harness_, buffer), GST_FLOW_OK);
    }
    Bytes read(const std::string& name) const {
        std::ifstream in(root_ / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    const TemporaryDirectory directory_;
    const std::filesystem::path root_ = directory_.path();
    Ref<GstElement> sink_;
    GstHarness* harness_ = nullptr;
};

} // namespace

TEST_F(VideoFileSink, RecordsAgainAfterItWasStopped) {
    push(keyUnit(1));
    ASSERT_EQ(gst_element_set_state(sink_.get(), GST_STATE_READY), GST_STATE_CHANGE_SUCCESS);
    EXPECT_EQ(read("x.h264"), keyUnit(1));
    record("y.h264"); // as the property says: READY is early enough
    gst_harness_play(harness_);
    gst_harness_set_src_caps_str(harness_, "video/x-h264,stream-format=byte-stream,alignment=au");
    push(keyUnit(2));
    gst_harness_push_event(harness_, gst_event_new_eos());
    EXPECT_EQ(read("y.h264"), keyUnit(2));
    EXPECT_EQ(read("x.h264"), keyUnit(1));
}
