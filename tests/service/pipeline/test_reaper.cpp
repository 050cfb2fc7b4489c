#include "service/pipeline/reaper.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace {

using namespace lm;
using namespace lm::pipeline;

Ref<GstElement> playing() {
    Owned<GError> error;
    auto pipeline =
        Ref<GstElement>::sink(gst_parse_launch("fakesrc is-live=true ! fakesink async=false", OutPtr(error)));
    gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
    return pipeline;
}

TEST(Reaper, BringsToNullOnAnotherThread) {
    Reaper reaper;
    auto pipeline = playing();
    std::promise<std::thread::id> down;
    reaper.tearDown(pipeline, [&] { down.set_value(std::this_thread::get_id()); });
    EXPECT_TRUE(down.get_future().get() != std::this_thread::get_id());
    EXPECT_EQ(GST_STATE(pipeline.get()), GST_STATE_NULL);
}

TEST(Reaper, DestructionWaitsForWhatWasHandedIn) {
    std::atomic<int> down = 0;
    {
        Reaper reaper;
        for (int i = 0; i < 10; ++i)
            reaper.tearDown(playing(), [&] { ++down; });
    }
    EXPECT_EQ(down, 10);
}

TEST(Reaper, APipelineThatHangsDoesNotHoldUpTheEndForEver) {
    const auto release = std::make_shared<std::promise<void>>();
    const auto ended = std::make_shared<std::promise<void>>();
    {
        Reaper reaper(1);
        reaper.patience = std::chrono::milliseconds(1);
        reaper.tearDown(playing(), [release, ended] {
            release->get_future().wait();
            ended->set_value();
        });
    }
    release->set_value();
    ended->get_future().wait();
}

} // namespace
